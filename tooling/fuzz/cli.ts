const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130); // asked twice: at once
    stop.abort();
  });
}
const { main } = await import('./main.ts'); // late: Ctrl-C counts from the beginning
process.exitCode = await main(process.argv.slice(2), stop.signal, {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
});

export {};
