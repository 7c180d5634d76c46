import type { ShardResult } from './shard.ts';

/** A Markdown table of results, with their sum. */
export function tableOf(results: readonly ShardResult[]): string {
  const rows = results.map(({ name, passed, failed, skipped, seconds }) => [name, passed, failed, skipped, seconds.toFixed(0)]);
  const sum = sumOf(results);
  return [
    ['shard', 'passed', 'failed', 'skipped', 'seconds'],
    ['---', '--:', '--:', '--:', '--:'],
    ...rows,
    ['all', sum.passed, sum.failed, sum.skipped, sum.seconds.toFixed(0)],
  ]
    .map((row) => `| ${row.join(' | ')} |\n`)
    .join('');
}

export function sumOf(results: readonly ShardResult[]): Omit<ShardResult, 'name'> {
  const sum = (key: 'passed' | 'failed' | 'skipped' | 'seconds'): number => results.reduce((so, result) => so + result[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), seconds: sum('seconds') };
}
