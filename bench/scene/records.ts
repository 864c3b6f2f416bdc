import { residentNumberCheck } from "#certs/licence/resident-number.ts";

/** How many records the table has; they have the serial numbers 0 to RECORDS - 1. */
export const RECORDS = 100_000;

/** One entry of a land register, made from its serial number. Nobody's. */
export type BenchRecord = {
  readonly certificateNumber: string;
  readonly unitNumber: string;
  readonly holderName: string;
  readonly holderCode: string;
  readonly location: string;
  readonly area: string;
  readonly rightType: string;
  readonly registeredOn: string;
  readonly contactPhone: string;
  readonly mortgaged: string;
  readonly state: string;
};

const SURNAMES = [..."赵钱孙李周吴郑王冯陈褚卫"];
const GIVEN_NAMES = [..."伟芳娜敏静强磊洋勇艳杰娟涛明超霞平刚桂"];
/** Of which every holder's location is one. */
export const COUNTY = "安徽省示例市示例区";

const pick = (characters: readonly string[], index: number): string => characters[index % characters.length] ?? "";
const digits = (value: number, length: number): string => String(value).padStart(length, "0");

export function recordOf(serial: number): BenchRecord {
  return {
    certificateNumber: `皖（2025）示例市不动产权第${digits(serial, 7)}号`,
    unitNumber: `340000001001GB00001F${digits(serial, 8)}`,
    holderName: nameOf(serial),
    holderCode: residentNumberOf(serial),
    location: `${COUNTY}示例路${serial + 1}号`,
    area: `${60 + (serial % 90)}.${1 + (serial % 9)}5`,
    rightType: "国有建设用地使用权/房屋所有权",
    registeredOn: `2025-${digits(1 + (serial % 12), 2)}-${digits(1 + (serial % 28), 2)}`,
    contactPhone: "13800000000",
    mortgaged: "false",
    state: "现势",
  };
}

/** The serial number of the record with this certificate number. */
export const serialOf = (certificateNumber: string): number => Number(/(\d{7})号$/.exec(certificateNumber)?.[1]);

/** Of three characters. */
function nameOf(serial: number): string {
  const given = Math.floor(serial / SURNAMES.length);
  return [
    pick(SURNAMES, serial),
    pick(GIVEN_NAMES, given),
    pick(GIVEN_NAMES, Math.floor(given / GIVEN_NAMES.length)),
  ].join("");
}

/** All of them would have been born in the nineteenth century. */
function residentNumberOf(serial: number): string {
  const first17 = `110105${1800 + (serial % 80)}0101${digits(serial % 1000, 3)}`;
  return first17 + residentNumberCheck(first17);
}
