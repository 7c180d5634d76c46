import { show } from '@longspan/core-tensor/error';
import { called, isAllowed, storageOf } from './allowed.ts';
import { isRecordOfPickle, kindOf, type PickleValue } from './pickle-value.ts';
import type { Refusal } from './refusal.ts';

/**
 * Bounds on what a pickle costs. torch writes some 45 operations, ten entries of the memo and 200 bytes for a tensor, a thousand entries of
 * a record at once, and tuples of depth two; checkpoints have up to some ten thousand tensors.
 */
const most = { operations: 4_000_000, stack: 100_000, memo: 1_000_000, records: 100_000, depth: 8, name: 200 } as const;

/** Where the items of a tuple or of a record begin on the stack. */
const mark = Symbol('mark');
type Slot = PickleValue | typeof mark;

/**
 * Reads a pickle as data. Of its operations those are known that torch.save writes for tensors, and of its names those of `allowed.ts`: each
 * makes a plain value, nothing is looked up or run, and all else is an error. One loop, without recursion.
 * @source pickletools.py of CPython, which says what each operation does
 */
export function readPickle(bytes: Uint8Array, refuse: Refusal): PickleValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: Slot[] = [];
  const memo = new Map<number, PickleValue>();
  let at = 0;
  let marks = 0;
  let records = 0;

  const wrong = (got: string): Error =>
    refuse({
      problem: 'the pickle of a checkpoint must be as torch.save writes it.',
      expected: 'operations that make tensors',
      got,
      isDamaged: true,
    });
  const take = (length: number): number => {
    if (at + length > bytes.length) throw wrong(`an end at byte ${bytes.length}, within an operation`);
    at += length;
    return at - length;
  };
  const push = (value: Slot): void => {
    if (stack.length >= most.stack) throw wrong(`more than ${most.stack} values on the stack`);
    stack.push(value);
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined || value === mark) throw wrong(`an operation without its values at byte ${at}`);
    return value;
  };
  const top = (): PickleValue => {
    const value = stack[stack.length - 1];
    if (value === undefined || value === mark) throw wrong(`an operation without its value at byte ${at}`);
    return value;
  };
  const sinceMark = (): PickleValue[] => {
    const begin = marks === 0 ? -1 : stack.lastIndexOf(mark);
    if (begin < 0) throw wrong(`no mark before byte ${at}`);
    marks--;
    const items = stack.splice(begin).filter((each): each is PickleValue => each !== mark);
    return items;
  };
  const tuple = (items: readonly PickleValue[]): void => {
    let depth = 1;
    for (const each of items)
      if (typeof each === 'object' && each !== null && each.kind === 'tuple') depth = Math.max(depth, each.depth + 1);
    if (depth > most.depth) throw wrong(`tuples in tuples, deeper than ${most.depth}`);
    push({ kind: 'tuple', items, depth });
  };
  const remember = (index: number): void => {
    if (memo.size >= most.memo) throw wrong(`more than ${most.memo} values in the memo`);
    memo.set(index, top());
  };
  const recall = (index: number): void => {
    const value = memo.get(index);
    if (value === undefined) throw wrong(`no value ${index} in the memo`);
    push(value);
  };
  const countRecord = (): void => {
    if (++records > most.records) throw wrong(`more than ${most.records} records`);
  };
  const text = (length: number): string => {
    const begin = take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(begin, at));
    } catch {
      throw wrong(`a text that is no UTF-8 at byte ${begin}`);
    }
  };
  const wide = (): number => {
    const length = Number(view.getBigUint64(take(8), true));
    if (length > bytes.length) throw wrong(`a text of ${length} bytes`);
    return length;
  };
  const line = (): string => {
    const end = bytes.subarray(at, at + most.name).indexOf(0x0a);
    if (end < 0) throw wrong(`a name longer than ${most.name} bytes at byte ${at}`);
    const name = text(end);
    at++;
    return name;
  };
  /** Whether what was named last is a class, of which an object is made without arguments: so every module of torch begins. */
  const makesObject = (): boolean => {
    const [first = 0, ...rest] = bytes.subarray(at, at + 8);
    const next = first === 0x71 ? rest.slice(1) : first === 0x72 ? rest.slice(4) : first === 0x94 ? rest : [first, ...rest];
    return next[0] === 0x29 && next[1] === 0x81; // EMPTY_TUPLE, NEWOBJ, perhaps behind a place in the memo
  };
  const global = (module: PickleValue, member: PickleValue): void => {
    const name = typeof module === 'string' && typeof member === 'string' ? `${module} ${member}` : undefined;
    if (name === undefined || !isAllowed(name)) {
      throw refuse({
        problem: 'a pickle of weights must name nothing but what makes tensors.',
        expected: "collections.OrderedDict, and tensors and storages of torch's dtypes",
        got: name === undefined ? `${kindOf(module)} and ${kindOf(member)}` : show(name.replace(' ', '.')),
        form: stack.length === 0 && makesObject() ? 'model' : undefined,
      });
    }
    push({ kind: 'global', name });
  };
  const set = (items: readonly PickleValue[]): void => {
    const record = top();
    if (!isRecordOfPickle(record) || items.length % 2 !== 0) throw wrong(`entries of ${kindOf(record)} at byte ${at}`);
    for (let each = 0; each < items.length; each += 2) {
      const [key, value] = [items[each], items[each + 1]];
      if (typeof key !== 'string' || value === undefined) throw wrong(`a name that is ${kindOf(key)}`);
      record.entries.set(key, value);
    }
  };
  const longInteger = (): number => {
    const length = view.getUint8(take(1));
    if (length > 8) throw wrong(`an integer of ${length} bytes`);
    const begin = take(length);
    let value = 0n;
    for (let byte = length - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(view.getUint8(begin + byte));
    const signed = Number(BigInt.asIntN(8 * length, value));
    if (!Number.isSafeInteger(signed)) throw wrong(`an integer of ${length} bytes`);
    return signed;
  };
  const dropped = (count: number): void => {
    const list = stack[stack.length - 1];
    if (typeof list !== 'object' || list === null || list.kind !== 'list') throw wrong(`${count} items without a list at byte ${at}`);
  };

  for (let operations = 0; ; operations++) {
    if (operations >= most.operations) throw wrong(`more than ${most.operations} operations`);
    const operation = view.getUint8(take(1));
    switch (operation) {
      case 0x80: {
        // PROTO
        const protocol = view.getUint8(take(1));
        if (protocol < 2 || protocol > 5) throw wrong(`protocol ${protocol}`);
        break;
      }
      case 0x95: // FRAME
        take(8);
        break;
      case 0x2e: {
        // STOP
        const value = pop();
        if (stack.length > 0) throw wrong(`${stack.length} values left at the end`);
        return value;
      }
      case 0x28: // MARK
        marks++;
        push(mark);
        break;
      case 0x4e: // NONE
        push(null);
        break;
      case 0x88: // NEWTRUE
        push(true);
        break;
      case 0x89: // NEWFALSE
        push(false);
        break;
      case 0x4b: // BININT1
        push(view.getUint8(take(1)));
        break;
      case 0x4d: // BININT2
        push(view.getUint16(take(2), true));
        break;
      case 0x4a: // BININT
        push(view.getInt32(take(4), true));
        break;
      case 0x8a: // LONG1
        push(longInteger());
        break;
      case 0x47: // BINFLOAT
        push(view.getFloat64(take(8), false));
        break;
      case 0x8c: // SHORT_BINUNICODE
        push(text(view.getUint8(take(1))));
        break;
      case 0x58: // BINUNICODE
        push(text(view.getUint32(take(4), true)));
        break;
      case 0x8d: // BINUNICODE8
        push(text(wide()));
        break;
      case 0x29: // EMPTY_TUPLE
        tuple([]);
        break;
      case 0x85: // TUPLE1
        tuple([pop()]);
        break;
      case 0x86: {
        // TUPLE2
        const second = pop();
        tuple([pop(), second]);
        break;
      }
      case 0x87: {
        // TUPLE3
        const [third, second] = [pop(), pop()];
        tuple([pop(), second, third]);
        break;
      }
      case 0x74: // TUPLE
        tuple(sinceMark());
        break;
      case 0x5d: // EMPTY_LIST
        push({ kind: 'list' });
        break;
      case 0x61: // APPEND
        pop();
        dropped(1);
        break;
      case 0x65: // APPENDS
        dropped(sinceMark().length);
        break;
      case 0x7d: // EMPTY_DICT
        countRecord();
        push({ kind: 'record', entries: new Map() });
        break;
      case 0x73: {
        // SETITEM
        const value = pop();
        set([pop(), value]);
        break;
      }
      case 0x75: // SETITEMS
        set(sinceMark());
        break;
      case 0x71: // BINPUT
        remember(view.getUint8(take(1)));
        break;
      case 0x72: // LONG_BINPUT
        remember(view.getUint32(take(4), true));
        break;
      case 0x94: // MEMOIZE
        remember(memo.size);
        break;
      case 0x68: // BINGET
        recall(view.getUint8(take(1)));
        break;
      case 0x6a: // LONG_BINGET
        recall(view.getUint32(take(4), true));
        break;
      case 0x63: {
        // GLOBAL
        const module = line();
        global(module, line());
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        const member = pop();
        global(pop(), member);
        break;
      }
      case 0x51: // BINPERSID
        push(storageOf(pop(), refuse));
        break;
      case 0x52: {
        // REDUCE
        const args = pop();
        const made = called(pop(), args, refuse);
        if (isRecordOfPickle(made)) countRecord();
        push(made);
        break;
      }
      case 0x62: // BUILD: of a record the attributes, which hold torch's versions of modules
        pop();
        if (!isRecordOfPickle(top())) throw wrong(`a state of ${kindOf(top())} at byte ${at}`);
        break;
      default:
        throw wrong(`the operation 0x${operation.toString(16).padStart(2, '0')} at byte ${at - 1}`);
    }
  }
}
