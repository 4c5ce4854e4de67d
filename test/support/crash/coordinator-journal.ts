/** Preloaded into a coordinator: kills it at entries of its journal, the table `event` of its database. @module */
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { crash, isDue } from './plan.ts';

/** Its first parameter is the round's key, which counts from 1 as the rounds of one plan do. */
const append = /^\s*INSERT INTO event /;

type Prepare = (this: DatabaseSync, sql: string) => StatementSync;
const prepare: unknown = Reflect.get(DatabaseSync.prototype, 'prepare');
DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string): StatementSync {
  const statement = (prepare as Prepare).call(this, sql);
  if (!append.test(sql)) return statement;
  const count = (prepare as Prepare).call(this, 'SELECT count(*) AS count FROM event WHERE round_id = ?');
  const run = statement.run.bind(statement) as (...values: SQLInputValue[]) => ReturnType<StatementSync['run']>;
  statement.run = (...values: unknown[]) => {
    const parameters = values as SQLInputValue[]; // as the store binds them
    const round = Number(parameters[0]);
    const entry = Number(count.get(round)?.['count']) + 1;
    crashIfDue(round, entry, 'before');
    const result = run(...parameters);
    crashIfDue(round, entry, 'after');
    return result;
  };
  return statement;
};

function crashIfDue(round: number, entry: number, moment: 'before' | 'after'): void {
  if (isDue({ round, entry, moment })) crash({ round, entry, moment });
}
