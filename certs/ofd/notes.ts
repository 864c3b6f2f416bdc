const MOST_NOTES = 50;
const LONGEST_NAME = 120;

/** Distinct sentences for a report, bounded: an attacker chooses how many there could be. */
export class Notes {
  readonly list: string[] = [];

  add(note: string): void {
    if (this.list.length < MOST_NOTES && !this.list.includes(note)) this.list.push(note);
  }
}

/** Controls, invisible and direction-changing characters, ends of lines, halves of surrogate pairs: none of them belongs on a terminal. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** An identifier or path of the document as a report may show it: one short line. */
export function shown(text: string): string {
  const line = text.slice(0, LONGEST_NAME).replace(UNSEEN, "?");
  return text.length <= LONGEST_NAME ? line : `${line}…`;
}
