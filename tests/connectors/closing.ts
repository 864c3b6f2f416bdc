type Closable = { readonly close: () => Promise<void> };

/** What a test has opened. Servers are kept behind what talks to them, which is closed first. */
export class Closing {
  #kept: Closable[] = [];

  async server<Server extends Closable>(starting: Promise<Server>): Promise<Server> {
    const server = await starting;
    this.#kept.push(server);
    return server;
  }

  client<Client extends Closable>(client: Client): Client {
    this.#kept.unshift(client);
    return client;
  }

  readonly close = async (): Promise<void> => {
    const kept = this.#kept;
    this.#kept = [];
    for (const each of kept) await each.close();
  };
}
