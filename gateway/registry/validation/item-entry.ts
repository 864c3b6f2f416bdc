import type { Item } from "../entities.ts";
import { members, oneOf, type Reader, recordOf, setOf } from "./reader.ts";
import { entryId, fieldName, itemCode, title } from "./texts.ts";

/** Whether the resources and fields are there is not known here: see references.ts. */
export const readItem: Reader<Item> = members({
  code: itemCode,
  zh: title,
  en: title,
  aliases: setOf(title, { min: 0, max: 50 }),
  group: oneOf(["real-estate", "mining", "surveying"]),
  uses: recordOf(entryId, setOf(fieldName, { min: 1, max: 500 }), { min: 0, max: 200 }),
});
