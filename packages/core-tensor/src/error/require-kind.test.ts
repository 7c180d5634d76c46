import { withBackend } from '@longspan/tooling/expect';
import { tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, inNameOf, isExplained, type OptionKind, requireKind, requireKnown, ShapeError, stamped } from './index.ts';

const mask: object = stamped({ allows: () => true, cover: () => 'all', select: () => mask });

beforeAll(() => withBackend('cpu'));

/** Made when asked for: a test's tensors need a backend. */
const given = (value: unknown): unknown => (value === 'a tensor' ? tensor1d([1]) : value);

describe('requireKind', () => {
  it.each<[OptionKind, unknown]>([
    ['flag', false],
    ['finite', -1.5],
    ['amount', 0],
    ['positive', 1e-9],
    ['text', ''],
    ['list', Int32Array.of(1)],
    ['function', () => 1],
    ['record', {}],
    ['tensor', 'a tensor'],
    ['mask', mask],
  ])('%s takes what it is, and no null', (kind, value) => {
    requireKind('f', 'x', given(value), kind);
    expect(() => requireKind('f', 'x', null, kind)).toThrow(ConfigError);
  });

  it.each<[OptionKind, unknown]>([
    ['flag', 1],
    ['finite', Number.NaN],
    ['amount', -1],
    ['positive', Number.POSITIVE_INFINITY],
    ['text', 1],
    ['list', 'abc'],
    ['list', { length: 1 }],
    ['record', []],
    ['record', new Map()],
    ['record', 'a tensor'],
    ['mask', {}],
    ['mask', { ...mask }],
    ['mask', Object.create(mask)],
    ['key', 7],
    ['layer', {}],
    ['padding', [[1]]],
  ])('%s rejects %o', (kind, value) => {
    expect(() => requireKind('f', 'x', given(value), kind)).toThrow('f: x must be ');
  });

  it('says what to do with what came instead of a mask', () => {
    const error = (value: unknown) => {
      try {
        requireKind('sparseAttention', 'mask', value, 'mask');
      } catch (thrown) {
        return (thrown as Error).message;
      }
      return '';
    };
    const causal = () => mask;
    expect(error(causal)).toBe(
      'sparseAttention: mask must be a mask.\n  expected  a mask\n  got       a function\n  remedy    call it: causal().',
    );
    expect(error(tensor1d([1, 0]))).toContain('keyPadding({ lengths })');
    expect(error([[1, 0]])).toContain('keyPadding({ lengths })');
  });

  it('says of a copy that it is no mask', () => {
    expect(() => requireKind('sparseAttention', 'mask', { ...mask }, 'mask')).toThrow(
      'remedy    give it as it was made: and, or, not and mask({ name, allows, cover }) make new ones.',
    );
  });

  it('says how a tensor becomes padding', () => {
    expect(() => requireKind('layer', 'context.padding', tensor1d([1, 0]), 'padding')).toThrow(
      'layer: context.padding must be made by padding() or paddingOfLengths(), so that masks are made once for it.\n' +
        '  expected  padding([[1, 1, 0], …])\n' +
        '  got       a float32 tensor [2]\n' +
        '  remedy    give a list of the host, of which masks are made without reading a tensor back: padding(await attentionMask.array()).',
    );
  });
});

describe('requireKnown', () => {
  it('checks the kinds that it is told, and takes undefined for an option that is left out', () => {
    requireKnown('f', { causal: undefined, width: 'any' }, { causal: 'flag', width: true });
    expect(() => requireKnown('f', { causal: 'yes' }, { causal: 'flag' })).toThrow(
      'f: causal must be true or false.\n  expected  true or false\n  got       "yes"\n  remedy    write causal: true or causal: false.',
    );
  });

  it('rejects null, and what is no plain record', () => {
    expect(() => requireKnown('f', { width: null }, { width: true })).toThrow(
      'f: width must be given a value, or be left out.\n  expected  a value, or nothing\n  got       null\n  remedy    leave width out, or write undefined.',
    );
    for (const options of [5, 'x', [], new Map(), Float32Array.of(), tensor1d([1])])
      expect(() => requireKnown('f', options as object, ['width'])).toThrow('f: options must be given as a record.');
  });
});

describe('inNameOf', () => {
  it('gives the errors of inner functions the name of the outer one, and keeps the rest', () => {
    const inner = new ShapeError({
      caller: 'inner',
      problem: 'x must fit: it has rank 2.',
      expected: '1',
      got: '2',
      remedy: 'reshape it.',
    });
    const outer = (() => {
      try {
        inNameOf('outer', () => {
          throw inner;
        });
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(outer).toBeInstanceOf(ShapeError);
    expect((outer as ShapeError).message).toBe('outer: x must fit: it has rank 2.\n  expected  1\n  got       2\n  remedy    reshape it.');
    expect((outer as ShapeError).cause).toBe(inner);
    expect(inNameOf('outer', () => 3)).toBe(3);
    // Of another copy of the library: the class is that one's, and stays it.
    class OtherShapeError extends Error {
      readonly expected = '1';
      readonly got = '2';
      readonly remedy = 'reshape it.';
      constructor({ caller, problem }: { readonly caller: string; readonly problem: string }) {
        super(`${caller}: ${problem}\n  expected  1\n  got       2\n  remedy    reshape it.`);
      }
    }
    const foreign = new OtherShapeError({ caller: 'inner', problem: 'x must fit.' });
    const named = (() => {
      try {
        return inNameOf('outer', () => {
          throw foreign;
        });
      } catch (error) {
        return error;
      }
    })() as OtherShapeError;
    expect(named).toBeInstanceOf(OtherShapeError);
    expect(named.message.split('\n')[0]).toBe('outer: x must fit.');
    expect([isExplained(foreign), isExplained(inner), isExplained(new Error('x')), isExplained(null)]).toEqual([true, true, false, false]);
    expect(() => inNameOf('outer', () => undefined as never)).not.toThrow();
  });
});
