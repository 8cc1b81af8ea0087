declare const MCP_VERSION: string | undefined;

/** The build's version; a bundle has it written in, a checkout says so. */
export const version: string = typeof MCP_VERSION === 'string' ? MCP_VERSION : '0.1.0-checkout';
