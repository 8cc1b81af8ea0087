import { GetServiceResponse, Operation, OperationKind, OperationState } from '@mcp/proto/agent';
import { Lease } from '@mcp/proto/portd';
import { expect, test } from 'vitest';
import { plain } from './output.ts';
import { statusLines } from './status-view.ts';

const NOW = new Date('2026-01-31T12:00:00Z');

function section(title: string, status: Partial<GetServiceResponse>): string[] {
  const lines = statusLines(GetServiceResponse.create(status), NOW, plain);
  return lines.slice(lines.indexOf(title) + 1);
}

test('tells the ports of two generations apart only while a route has two', () => {
  const lease = (component: string, port: number, generation: bigint): Lease =>
    Lease.create({ component, port, generation });
  expect(section('Ports', { leases: [lease('api', 20_001, 4n), lease('web', 20_002, 3n)] })).toEqual([
    '  api  20001',
    '  web  20002',
  ]);
  expect(section('Ports', { leases: [lease('api', 20_001, 4n), lease('api', 20_003, 5n)] })).toEqual([
    '  api  20001  generation 4',
    '  api  20003  generation 5',
  ]);
});

test('says of each operation what it was, how it stands and what came of it', () => {
  const operation = (kind: OperationKind, state: OperationState, rest: Partial<Operation>): Operation =>
    Operation.create({ kind, state, id: 'a1', caller: 'kim', ...rest });
  const operations = [
    operation(OperationKind.REPAIR, OperationState.RUNNING, { caller: 'agent' }),
    operation(OperationKind.ROLLBACK, OperationState.SUCCEEDED, { version: 'v1.2.0', generation: 7n }),
    operation(OperationKind.PURGE, OperationState.STUCK, {
      stuck: ['data', 'ports'],
      error: 'data: busy\nat x',
    }),
    operation(OperationKind.DEPLOY, OperationState.ROLLED_BACK, {
      version: 'v3',
      generation: 6n,
      error: 'check: no',
    }),
    operation(99 as OperationKind, 99 as OperationState, {}),
  ];
  const cells = section('Last operations', { operations }).map((line) => line.trim().split(/ {2,}/));
  expect(cells).toEqual([
    ['repair', 'running', 'by agent', 'a1'],
    ['rollback v1.2.0', 'succeeded', 'by kim', 'a1', 'generation 7'],
    ['purge', 'stuck', 'by kim', 'a1', 'not finished: data, ports; data: busy'],
    ['deploy v3', 'rolled back', 'by kim', 'a1', 'check: no'],
    ['operation', 'unknown', 'by kim', 'a1'],
  ]);
});
