type Sentence = { readonly zh: string; readonly en: string };

/** Why an exchange is not on both sides alike. */
export const DIFFERENCES = {
  NOT_ANSWERED: {
    zh: "答复方没有这次交换，而其回执在请求方",
    en: "The answering side lacks the exchange that its own receipt names",
  },
  NOT_ASKED: {
    zh: "请求方没有这次交换，而它签收过",
    en: "The asking side lacks the exchange, which it signed to have got",
  },
  NOT_RECEIVED: {
    zh: "请求方没有这次交换，也没有签收：答复可能没有送达",
    en: "The asking side lacks the exchange, and has not signed for it: the answer may have been lost on the way",
  },
  RECEIPT_MALFORMED: { zh: "请求方所存回执不合格式", en: "The receipt that the asking side has is malformed" },
  RECEIPT_FORGED: {
    zh: "请求方所存回执的签名不成立",
    en: "The signature of the receipt that the asking side has does not hold",
  },
  RECEIPT_TWICE: {
    zh: "请求方有两次交换指向答复方同一次交换",
    en: "Two exchanges of the asking side name one of the answering side",
  },
  COUNTER_RECEIPT_FORGED: {
    zh: "答复方所存签收的签名不成立",
    en: "The signature of the counter-receipt that the answering side has does not hold",
  },
  OTHER_RECEIPT: {
    zh: "签收的不是请求方所存的回执",
    en: "The counter-receipt is for another receipt than the asking side has",
  },
  OTHER_EXCHANGE: { zh: "签收指向另一次交换", en: "The counter-receipt is about another exchange" },
  OTHER_FACTS: { zh: "双方所记不同", en: "The two sides recorded it differently" },
} as const satisfies Record<string, Sentence>;
export type DifferenceCode = keyof typeof DIFFERENCES;

/** Identifiers of the exchange on either side, null where it is not known; `time` of the side that has it. */
export type Difference = {
  readonly code: DifferenceCode;
  readonly asking: string | null;
  readonly answering: string | null;
  readonly time: string;
  readonly detail: string;
};

/** What `asking` asked `answering` for. */
export type Direction = {
  readonly asking: string;
  readonly answering: string;
  readonly agreeing: number;
  /** Among those that agree: of which only one side still has the content. */
  readonly erased: number;
  /** Among those that agree: for which the asking side has not signed, or its signature was lost on the way. */
  readonly unacknowledged: number;
  readonly onlyAsking: readonly Difference[];
  readonly onlyAnswering: readonly Difference[];
  readonly disagreeing: readonly Difference[];
  /** Exchanges of the asking side with gateways that are not the answering one: their names and how many. */
  readonly elsewhere: Readonly<Record<string, number>>;
};
