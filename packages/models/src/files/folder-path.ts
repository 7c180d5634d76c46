import { fileURLToPath } from 'node:url';
import { ConfigError, show } from '@longspan/core-tensor/error';

/**
 * The path that a text says, which may be an address of a file.
 * @throws ConfigError where no file can have it
 */
export function folderPath(caller: string, text: string): string {
  const path = text.startsWith('file:') ? pathOf(text) : text;
  if (path !== undefined && !path.includes('\0')) return path;
  throw new ConfigError({
    caller,
    problem: 'a folder must be named by a path that files can have.',
    expected: "a path such as 'models/mine', or a file: URL of this machine",
    got: show(text),
    remedy: 'check what the path was made of: bytes of 0 are none of it.',
  });
}

function pathOf(address: string): string | undefined {
  try {
    return fileURLToPath(address);
  } catch {
    return undefined;
  }
}
