import type { XmlElement } from "../bytes/xml.ts";
import { type Display, walkDocument } from "./document.ts";
import { directoryOf } from "./location.ts";
import type { Markup } from "./markup.ts";
import { structure } from "./reading.ts";
import { step, type Walk } from "./walk.ts";

/**
 * Follows the versions of a document (GB/T 33190-2016 clause 19): each one's description, root and files. A viewer opens
 * the current version or the DocBody's root, so the pages of both count as shown. `own`: signature files, which a
 * version may list without showing them.
 */
export function walkVersions(walk: Walk, file: Markup, body: XmlElement, own: ReadonlySet<string>): void {
  const versions = file.all(body, "Versions").flatMap((list) => file.all(list, "Version"));
  const [current, ...others] = versions.filter(isCurrent);
  if (others.length > 0) throw structure("more than one current version");
  for (const version of current === undefined ? versions : [current, ...versions]) {
    const via = `${step("OFD.xml", "version", version.attributes.get("ID"))}${version === current ? " (current)" : ""}`;
    const path = walk.reach.follow(directoryOf(file.path), version.attributes.get("BaseLoc") ?? "", via);
    if (path === null || !walk.enter("version", path)) continue;
    walkVersion(walk, walk.reading.markup(path), via, { display: version === current ? "shown" : "earlier", own });
  }
}

const isCurrent = (version: XmlElement): boolean =>
  /^(?:true|1)$/i.test(version.attributes.get("Current")?.trim() ?? "");

type Standing = { readonly display: Display; readonly own: ReadonlySet<string> };

function walkVersion(walk: Walk, version: Markup, via: string, standing: Standing): void {
  const directory = directoryOf(version.path);
  for (const location of version.all(version.root, "DocRoot")) {
    const root = walk.reach.follow(directory, location.text, `${via} → DocRoot`);
    if (root !== null) walkDocument(walk, root, `${via} → DocRoot`, standing.display);
  }
  for (const list of version.all(version.root, "FileList"))
    for (const listed of version.all(list, "File")) {
      const path = walk.reach.locate(directory, listed.text);
      if (path === null || !standing.own.has(path))
        walk.reach.follow(directory, listed.text, step(via, "file", listed.attributes.get("ID")));
    }
}
