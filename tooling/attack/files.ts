import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.ts';

/** How far a program has come under one seed. */
export interface Progress {
  /** The number of the next case. */
  readonly next: number;
  /** Seconds of processor time that it has taken. */
  readonly cpu: number;
  /** How often each signature was found. */
  readonly found: Readonly<Record<string, number>>;
  readonly notes: Readonly<Record<string, number>>;
}

/** Findings of one signature that are written down: more of them say nothing new. */
const linesPerSignature = 2;

/** What is kept between runs: the findings of all programs, and a program's progress under one seed. */
export class Files {
  readonly findings: string;
  /** What the case at work is, written before it runs. */
  readonly atWork: string;
  /** Written by the watch before it ends a process that hangs. */
  readonly hung: string;
  readonly #progress: string;
  readonly #lines = new Map<string, number>();

  constructor(folder: string, name: string, seed: string) {
    mkdirSync(folder, { recursive: true });
    const own = join(folder, `${name}-${seed}`);
    this.findings = join(folder, 'findings.jsonl');
    this.atWork = `${own}.at-work`;
    this.hung = `${own}.hung`;
    this.#progress = `${own}.json`;
    for (const { signature } of readFindings(folder)) this.#lines.set(signature, (this.#lines.get(signature) ?? 0) + 1);
  }

  readProgress(): Progress {
    if (!existsSync(this.#progress)) return { next: 0, cpu: 0, found: {}, notes: {} };
    return JSON.parse(readFileSync(this.#progress, 'utf8')) as Progress;
  }

  /** Written aside and renamed: whole at any moment. */
  writeProgress(progress: Progress): void {
    writeFileSync(`${this.#progress}.part`, JSON.stringify(progress));
    renameSync(`${this.#progress}.part`, this.#progress);
  }

  writeFinding(finding: Finding): void {
    const lines = this.#lines.get(finding.signature) ?? 0;
    this.#lines.set(finding.signature, lines + 1);
    if (lines < linesPerSignature) appendFileSync(this.findings, `${JSON.stringify(finding)}\n`);
  }

  /** The case that was at work when the last process ended without a word, and whether the watch ended it. */
  takeInterrupted(): { readonly at: number; readonly label: string; readonly hung: boolean } | undefined {
    if (!existsSync(this.atWork)) return undefined;
    const [at, label] = readFileSync(this.atWork, 'utf8').trim().split('|');
    const hung = existsSync(this.hung);
    rmSync(this.hung, { force: true });
    rmSync(this.atWork);
    return at === '' || at === undefined ? undefined : { at: Number(at), label: label ?? '', hung };
  }
}

/** All findings that were written into a folder. */
export function readFindings(folder: string): Finding[] {
  const path = join(folder, 'findings.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Finding);
}
