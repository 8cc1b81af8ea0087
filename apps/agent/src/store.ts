import type { Connection } from '@mcp/daemon/sqlite';
import { generationFromJson, generationToJson, type Generation } from './generation.ts';

/** A service of this node and the generation that should run. */
export interface RegisteredService {
  name: string;
  active: boolean;
  generation: Generation;
}

/** The registry: which generation of which service should run. Each method is one transaction. */
export interface Store {
  /** Ordered by name. */
  list(): RegisteredService[];
  find(service: string): RegisteredService | undefined;
  generation(service: string, number: number): Generation | undefined;
  /** One more than any generation the service ever had. */
  nextGeneration(service: string): number;
  /** Keeps the generation and makes it the one that should run. Safe to repeat. */
  record(service: string, generation: Generation, now: Date): void;
  /** Makes an earlier generation the current one again, or forgets the service when it is 0. */
  revert(service: string, number: number, active: boolean): void;
  setActive(service: string, active: boolean): void;
  forget(service: string): void;
}

interface Row {
  name: string;
  active: number;
  content: string;
}

export function createStore(database: Connection): Store {
  const SELECT = `SELECT name, active, content FROM services
    JOIN generations ON generations.service = services.name AND generations.number = services.generation`;
  const selectAll = database.prepare<[], Row>(`${SELECT} ORDER BY name`);
  const selectOne = database.prepare<[string], Row>(`${SELECT} WHERE name = ?`);
  const selectGeneration = database
    .prepare<[string, number], string>('SELECT content FROM generations WHERE service = ? AND number = ?')
    .pluck();
  const selectLast = database
    .prepare<[string], number>('SELECT coalesce(max(number), 0) FROM generations WHERE service = ?')
    .pluck();
  const insertGeneration = database.prepare(
    'INSERT OR REPLACE INTO generations (service, number, content, created_at) VALUES (?, ?, ?, ?)',
  );
  const upsertService = database.prepare(
    `INSERT INTO services (name, active, generation) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET active = excluded.active, generation = excluded.generation`,
  );
  const updateActive = database.prepare('UPDATE services SET active = ? WHERE name = ?');
  const deleteService = database.prepare('DELETE FROM services WHERE name = ?');

  return {
    list: () => selectAll.all().map(toService),
    find(service) {
      const row = selectOne.get(service);
      return row && toService(row);
    },
    generation(service, number) {
      const content = selectGeneration.get(service, number);
      return content === undefined ? undefined : generationFromJson(content);
    },
    nextGeneration: (service) => selectLast.get(service)! + 1,
    record: database.transaction((service: string, generation: Generation, now: Date) => {
      insertGeneration.run(service, generation.number, generationToJson(generation), now.getTime());
      upsertService.run(service, 1, generation.number);
    }).immediate,
    revert: database.transaction((service: string, number: number, active: boolean) => {
      if (number === 0) deleteService.run(service);
      else upsertService.run(service, active ? 1 : 0, number);
    }).immediate,
    setActive: (service, active) => void updateActive.run(active ? 1 : 0, service),
    forget: (service) => void deleteService.run(service),
  };
}

function toService({ name, active, content }: Row): RegisteredService {
  return { name, active: active === 1, generation: generationFromJson(content) };
}
