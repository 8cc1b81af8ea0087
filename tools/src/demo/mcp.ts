import { bundlePath } from '../bundle/bundle.ts';
import type { StackFile } from '../stack/stack.ts';
import { runProgram, type Finished } from './run.ts';

/** Runs the `mcp` command of this checkout against a stack. */
export function mcp({ config }: Pick<StackFile, 'config'>, args: readonly string[]): Promise<Finished> {
  return runProgram(process.execPath, [bundlePath('mcp'), ...args], { env: { MCP_CONFIG: config } });
}
