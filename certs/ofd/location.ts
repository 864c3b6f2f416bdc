/** Control characters, backslash, query and fragment never stand in a path of a package. */
const FORBIDDEN = /[\u0000-\u001f\u007f\\?#]/;

/** Names that need no walk: of ASCII without special characters, and none of them begins with a dot. */
const PLAIN = /^\/?[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/** Text without the white space at its ends that XML may add (xs:anyURI collapses it). */
export function trimXml(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isSpace = (unit: number): boolean => unit === 0x20 || unit === 0x0a || unit === 0x09 || unit === 0x0d;

/** The directory of a canonical path, with a slash at its end: `/Doc_0/Document.xml` gives `/Doc_0/`. */
export const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

/**
 * The canonical absolute path that an ST_Loc names for a reader standing in `directory`; null when it can name no file.
 * Case-sensitive; `..` above the root is an error, never clamped. The only resolver: digest references go through it
 * too, so that what is digested is what is shown. Source: GB/T 33190-2016 table 2.
 */
export function resolveLocation(directory: string, location: string): string | null {
  const trimmed = trimXml(location);
  if (PLAIN.test(trimmed)) return trimmed.startsWith("/") ? trimmed : directory + trimmed;
  const segments = walk(directory, trimmed);
  return segments === null || segments.at(-1) === "" ? null : `/${segments.join("/")}`;
}

/** The same for an ST_Loc that names a directory (Res@BaseLoc): a path with a slash at its end. */
export function resolveDirectory(directory: string, location: string): string | null {
  const trimmed = trimXml(location);
  if (trimmed === "") return directory;
  const segments = walk(directory, trimmed.endsWith("/") ? trimmed : `${trimmed}/`);
  return segments === null ? null : `/${segments.join("/")}`;
}

export const isAbsolute = (location: string): boolean => trimXml(location).startsWith("/");

/** The last segment is empty when the location names a directory (`a/`, `.`, `..`); an empty one elsewhere is refused. */
function walk(directory: string, location: string): string[] | null {
  if (location === "" || FORBIDDEN.test(location)) return null;
  const absolute = location.startsWith("/");
  const stack = absolute ? [] : directory.split("/").slice(1, -1);
  const segments = (absolute ? location.slice(1) : location).split("/");
  const last = segments.length - 1;
  for (const [n, segment] of segments.entries()) {
    if (segment === "" && n < last) return null;
    if (segment === "..") {
      if (stack.pop() === undefined) return null;
    } else if (segment !== ".") stack.push(segment);
    if (n === last && (segment === ".." || segment === ".")) stack.push("");
  }
  return stack;
}
