import vm from 'node:vm';
import { isStamped } from '@longspan/core-tensor/error';
import * as odd from '../odd-values.mjs';
import { isFrozen, isPlain } from './places.mjs';

export const deepFreeze = (v) => {
  if (isPlain(v) && !isFrozen(v)) {
    Object.values(v).forEach(deepFreeze);
    Object.freeze(v);
  }
  return v;
};

export const toRealm = (v) => {
  if (typeof v === 'object' && v !== null && ArrayBuffer.isView(v) && !Buffer.isBuffer(v) && !isStamped(v)) {
    const C = vm.runInContext(v.constructor.name, odd.realm);
    return C.from ? C.from([...v]) : v;
  }
  if (!isPlain(v)) return v;
  if (Array.isArray(v)) {
    const a = odd.other('[]');
    for (const each of v) a.push(toRealm(each));
    return a;
  }
  const o = odd.other('({})');
  for (const [k, e] of Object.entries(v)) o[k] = toRealm(e);
  return o;
};

export const withGetters = (v) =>
  !isPlain(v) || Array.isArray(v)
    ? v
    : Object.defineProperties({}, Object.fromEntries(Object.entries(v).map(([k, e]) => [k, { get: () => e, enumerable: true }])));
