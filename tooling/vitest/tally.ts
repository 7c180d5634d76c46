import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** Ends a run with the plain line `N passed, N failed[, N skipped]`; a file that does not load is one failure. */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (...states: readonly string[]): number => tests.filter((state) => states.includes(state)).length;
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandled.length;
    const failed = count('failed') + broken;
    const skipped = count('skipped', 'pending');
    process.stdout.write(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  }
}
