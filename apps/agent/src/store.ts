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
  /** Takes `record` of a generation back: `to` is the current one again, or none when it is 0. Safe to repeat. */
  revert(service: string, recorded: number, to: { number: number; active: boolean }): void;
  setActive(service: string, active: boolean): void;
  /** Forgets which generation should run; the generations stay, for history and rollback. */
  forget(service: string): void;
  /** The recorded generations, newest first. */
  generations(service: string): RecordedGeneration[];
  /** Services of which only generations are left, by name. */
  undeployed(): string[];
  /** Forgets the generations of a service that was forgotten. */
  purge(service: string): void;
}

/** A generation with when it was recorded. */
export interface RecordedGeneration {
  generation: Generation;
  createdAt: Date;
}

/** Generations that are kept of each service; older ones cannot be rolled back to. */
const KEPT_GENERATIONS = 50;

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
  const selectGenerations = database.prepare<[string], { content: string; created_at: number }>(
    'SELECT content, created_at FROM generations WHERE service = ? ORDER BY number DESC',
  );
  const selectUndeployed = database
    .prepare<[], string>(
      'SELECT DISTINCT service FROM generations WHERE service NOT IN (SELECT name FROM services) ORDER BY service',
    )
    .pluck();
  const deleteGenerations = database.prepare<[string, string]>(
    'DELETE FROM generations WHERE service = ? AND service NOT IN (SELECT name FROM services WHERE name = ?)',
  );
  const deleteGeneration = database.prepare<[string, number]>(
    'DELETE FROM generations WHERE service = ? AND number = ?',
  );
  const deleteOldGenerations = database.prepare<[string, number]>(
    'DELETE FROM generations WHERE service = ? AND number <= ?',
  );

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
      deleteOldGenerations.run(service, generation.number - KEPT_GENERATIONS);
    }).immediate,
    revert: database.transaction(
      (service: string, recorded: number, to: { number: number; active: boolean }) => {
        if (to.number === 0) deleteService.run(service);
        else upsertService.run(service, to.active ? 1 : 0, to.number);
        if (recorded !== to.number) deleteGeneration.run(service, recorded);
      },
    ).immediate,
    setActive: (service, active) => void updateActive.run(active ? 1 : 0, service),
    forget: (service) => void deleteService.run(service),
    generations: (service) =>
      selectGenerations.all(service).map(({ content, created_at }) => ({
        generation: generationFromJson(content),
        createdAt: new Date(created_at),
      })),
    undeployed: () => selectUndeployed.all(),
    purge: (service) => void deleteGenerations.run(service, service),
  };
}

function toService({ name, active, content }: Row): RegisteredService {
  return { name, active: active === 1, generation: generationFromJson(content) };
}
