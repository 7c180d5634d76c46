import { ConfigError, requireKind, show } from '@longspan/core-tensor/error';

/** Throws unless it is a mask with its algebra, and as it was made. */
export function requireMask(caller: string, name: string, value: { readonly and: unknown }): void {
  requireKind(caller, name, value, 'mask');
  if (typeof value.and === 'function') return;
  throw new ConfigError({
    caller,
    problem: `${name} must be a mask, with its name and its algebra.`,
    expected: 'a mask of @longspan/attention-sparse',
    got: show(value),
    remedy: 'make it with mask({ name, allows, cover }), which takes the same rule.',
  });
}
