import { hostile, malformed } from "./xml-fault.ts";

const XML = "http://www.w3.org/XML/1998/namespace";
const XMLNS = "http://www.w3.org/2000/xmlns/";

type Scope = { readonly names: Map<string, string>; readonly outer: Scope | null };

/** The namespaces in force (Namespaces in XML 1.0). A scope is as deep as elements nest: a name is found in bounded time. */
export class Namespaces {
  #scope: Scope | null = null;
  #prefix = "";
  #found = "";
  #foundIn: Scope | null = null;

  /** What `leave` wants back. */
  get scope(): Scope | null {
    return this.#scope;
  }

  leave(scope: Scope | null): void {
    this.#scope = scope;
  }

  /** Declares in a scope of its own within `outer`, which was in force before the element. "" is the default namespace. */
  declare(prefix: string, uri: string, outer: Scope | null): void {
    // Other readers trim namespace names, or do not, and so see different ones.
    if (uri.trim() !== uri) throw hostile("a namespace name with blanks around it");
    checkPair(prefix, uri);
    if (this.#scope === outer) this.#scope = { names: new Map(), outer };
    this.#scope?.names.set(prefix, uri);
    this.#foundIn = null;
  }

  /** The namespace that a prefix stands for; undefined when it stands for none. */
  find(prefix: string): string | undefined {
    if (this.#scope !== null && this.#scope === this.#foundIn && prefix === this.#prefix) return this.#found;
    for (let scope = this.#scope; scope !== null; scope = scope.outer) {
      const uri = scope.names.get(prefix);
      if (uri !== undefined) return this.#remember(prefix, uri);
    }
    return prefix === "" ? "" : RESERVED.get(prefix);
  }

  /** The namespace of an element of this prefix. */
  ofElement(prefix: string): string {
    if (prefix === "xmlns") throw malformed("an element with the prefix xmlns");
    const uri = this.find(prefix);
    if (uri === undefined) throw malformed("a prefix that is not bound");
    return uri;
  }

  /** One name for attributes that a reader takes for the same. */
  expanded(prefix: string, local: string): string {
    const uri = this.find(prefix);
    if (uri === undefined) throw malformed("a prefix that is not bound");
    return `{${uri}}${local}`;
  }

  #remember(prefix: string, uri: string): string {
    this.#prefix = prefix;
    this.#found = uri;
    this.#foundIn = this.#scope;
    return uri;
  }
}

const RESERVED: ReadonlyMap<string, string> = new Map([
  ["xml", XML],
  ["xmlns", XMLNS],
]);

function checkPair(prefix: string, uri: string): void {
  if (prefix === "xmlns" || uri === XMLNS || (prefix === "xml") !== (uri === XML))
    throw malformed("a reserved namespace bound otherwise");
  if (uri === "" && prefix !== "") throw malformed("a prefix taken back");
}
