/** What the load client is told by the process that starts it. */
export interface ClientOptions {
  hostname: string;
  /** "host:port" of the proxy's listener that ends TLS, and of the one that passes it through. */
  l7: string;
  l4: string;
  /** PEM file of the root certificate. */
  ca: string;
  /** Requests a second, over all kinds. */
  rate: number;
}

/** Ways to send a request. Each has its share of the rate. */
export const requestKinds = ['HTTP/1.1 kept alive', 'HTTP/1.1 new', 'HTTP/2', 'TLS through l4'] as const;
export type RequestKind = (typeof requestKinds)[number];

export const WEBSOCKET = 'WebSocket';
export type Kind = RequestKind | typeof WEBSOCKET;

/** What became of the requests of one kind. */
export interface KindReport {
  kind: Kind;
  sent: number;
  /** Message to how often. Empty when nothing failed. */
  failures: Record<string, number>;
  /** From the moment a request was due to its whole answer, in milliseconds, ascending. */
  delaysMs: number[];
  /** How late the client itself sent the request that had the longest delay. */
  sentLateMs: number;
  /** Answers by the version that gave them. */
  versions: Record<string, number>;
  /** How many different containers answered. */
  containers: number;
}

export interface ClientReport {
  kinds: KindReport[];
  /** How often the WebSocket was opened again after the server said that it goes away. */
  reconnects: number;
  /** The client's own event loop: how long it was kept from doing anything, in milliseconds. */
  eventLoop: { p99Ms: number; longestMs: number };
}

/** From the client: it is connected and sends; or it has stopped, and this is what it saw. */
export type FromClient = { type: 'sending' } | { type: 'report'; report: ClientReport };
