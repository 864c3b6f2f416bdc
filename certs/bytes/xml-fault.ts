/** What a walk over an XML file ends with; `scanXml` makes a Refusal of it, with the line. `what` names the fault, never the input. */
export class XmlFault extends Error {
  override readonly name = "XmlFault";
  readonly code: "XML_HOSTILE" | "XML_MALFORMED";

  constructor(code: "XML_HOSTILE" | "XML_MALFORMED", what: string) {
    super(what);
    this.code = code;
  }
}

export const malformed = (what: string): XmlFault => new XmlFault("XML_MALFORMED", what);
export const hostile = (what: string): XmlFault => new XmlFault("XML_HOSTILE", what);
