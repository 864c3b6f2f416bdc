/** The curves accepted, by the OID in the parameters of an EC public key (RFC 5480 2.1.1.1, GB/T 32918.5). */
export type CurveKind = "SM2" | "P-256" | "P-384" | "P-521";
export type Curve = {
  readonly oid: string;
  /** Octets of a coordinate. */
  readonly octets: number;
  readonly bits: number;
  readonly p: bigint;
  readonly b: bigint;
  /** Order of the base point. All these curves have cofactor 1 and a = p − 3. */
  readonly n: bigint;
};

export const CURVES = {
  SM2: {
    oid: "1.2.156.10197.1.301",
    octets: 32,
    bits: 256,
    p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
    b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
    n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  },
  "P-256": {
    oid: "1.2.840.10045.3.1.7",
    octets: 32,
    bits: 256,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  "P-384": {
    oid: "1.3.132.0.34",
    octets: 48,
    bits: 384,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  "P-521": {
    oid: "1.3.132.0.35",
    octets: 66,
    bits: 521,
    p: (1n << 521n) - 1n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
} as const satisfies Record<CurveKind, Curve>;
