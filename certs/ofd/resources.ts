import type { XmlElement } from "../bytes/xml.ts";
import { directoryOf, resolveDirectory } from "./location.ts";
import type { Markup } from "./markup.ts";
import { shown } from "./notes.ts";
import type { Walk } from "./walk.ts";

/**
 * Follows a resource file (GB/T 33190-2016 7.9) to the fonts, media and colour profiles that it names. They lie in the
 * directory of Res@BaseLoc; they are reached, not parsed.
 */
export function walkResources(walk: Walk, from: string, location: string, via: string): void {
  const path = walk.reach.follow(from, location, via);
  if (path === null || !walk.enter("resources", path)) return;
  const file = walk.reading.markup(path);
  const base = resolveDirectory(directoryOf(path), file.root.attributes.get("BaseLoc") ?? "");
  for (const [kind, element, text] of filesOf(file)) {
    const name = `${via} → ${kind} ${shown(element.attributes.get("ID") ?? "?")}`;
    if (base === null) walk.reach.lose(`(no path) ${shown(text)}`, name);
    else walk.reach.follow(base, text, name);
  }
}

function filesOf(file: Markup): (readonly [kind: string, element: XmlElement, location: string])[] {
  return [
    ...rows(file, "Fonts", "Font").flatMap((font) => inside(file, "font", font, "FontFile")),
    ...rows(file, "MultiMedias", "MultiMedia").flatMap((media) => inside(file, "medium", media, "MediaFile")),
    ...rows(file, "ColorSpaces", "ColorSpace").flatMap((space) => profile(space)),
  ];
}

const rows = (file: Markup, list: string, row: string): XmlElement[] =>
  file.all(file.root, list).flatMap((group) => file.all(group, row));

const inside = (file: Markup, kind: string, row: XmlElement, name: string): [string, XmlElement, string][] =>
  file.all(row, name).map((location) => [kind, row, location.text]);

function profile(space: XmlElement): [string, XmlElement, string][] {
  const location = space.attributes.get("Profile");
  return location === undefined ? [] : [["colour profile", space, location]];
}
