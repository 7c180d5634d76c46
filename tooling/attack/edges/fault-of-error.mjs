import { ExplainedError } from '@longspan/core-tensor/error';

/** The longest message that an error of ours may have: three parts of 2,000 characters and a first line, with room for values. */
const longestMessage = 8600;

/**
 * What is wrong with a thrown value: undefined where it is an error of the library in its form, or where a callback of the case threw it.
 * @returns {{ severity: string, kind: string, text: string, frame: string } | undefined}
 */
export function faultOfError(error) {
  if (isOwn(error)) return undefined;
  if (!(error instanceof ExplainedError)) return { severity: 'medium', kind: 'foreign error', text: wordsOf(error), frame: frameOf(error) };
  const { message } = error;
  const fault = (severity, kind, text) => ({ severity, kind, text, frame: '' });
  if (message.length > longestMessage) return fault('low', 'long message', `${message.length} characters: ${message.slice(0, 200)}`);
  if (!/\n {2}expected /.test(message) || !/\n {2}got /.test(message) || !/\n {2}remedy /.test(message))
    return fault('low', 'form of message', message.slice(0, 300));
  const [first] = message.split('\n');
  if (/undefined|\[object|NaN/.test(first)) return fault('unclear', 'odd first line', first.slice(0, 300));
  if ([...message].some((character) => character < ' ' && character !== '\n' && character !== '\t'))
    return fault('low', 'control characters in message', JSON.stringify(message).slice(0, 400));
  return undefined;
}

/** Whether a callback of the case itself threw it: what a caller's code throws comes through as it is. */
const isOwn = (error) => error?.hostile === true || isOfClass(error);

/** A class that was given for a function: the engine's own words say what is wrong with it. */
const isOfClass = (error) => /^Class constructor .* cannot be invoked without 'new'$/.test(error?.message ?? '');

function wordsOf(error) {
  try {
    return `${error?.name ?? typeof error}: ${String(error?.message ?? error).slice(0, 300)}`;
  } catch {
    return 'unprintable';
  }
}

/** The innermost line of the stack that lies in a package, outside of what makes errors. */
function frameOf(error) {
  try {
    const lines = String(error?.stack ?? '').split('\n');
    return (lines.find((line) => /packages\//.test(line) && !/packages\/core-tensor\/src\/error/.test(line)) ?? '').trim();
  } catch {
    return '';
  }
}
