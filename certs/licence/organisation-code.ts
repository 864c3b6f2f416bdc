/** Organisation code (组织机构代码), GB 11714: eight characters 0-9A-Z and a check character 0-9X, sometimes after a hyphen. */
const WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2] as const;
const BODY = /^[0-9A-Z]{8}$/;
const FORM = /^([0-9A-Z]{8})-?([0-9X])$/;

/** The check character for the first eight characters; throws RangeError for another form. */
export function organisationCodeCheck(first8: string): string {
  if (!BODY.test(first8)) throw new RangeError("an organisation code begins with eight characters 0-9A-Z");
  const sum = WEIGHTS.reduce((sum, weight, index) => sum + weight * Number.parseInt(first8.charAt(index), 36), 0);
  const check = 11 - (sum % 11);
  if (check === 10) return "X";
  return check === 11 ? "0" : String(check);
}

export function isOrganisationCode(text: string): boolean {
  const [, body, check] = FORM.exec(text) ?? [];
  return body !== undefined && organisationCodeCheck(body) === check;
}
