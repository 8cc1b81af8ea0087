/** Options that every command takes. */
export interface GlobalOptions {
  /** Path of mcp.toml. */
  config?: string;
  json?: boolean;
  debug?: boolean;
}

/** Options of commands on a service that may have no definition here. */
export interface ServiceOptions extends GlobalOptions {
  /** The node it is on. */
  node?: string;
}

/** Options of stop, start, restart and undeploy. */
export interface OperationVerbOptions extends ServiceOptions {
  /** False: refuse instead of waiting for another operation. */
  wait?: boolean;
}
