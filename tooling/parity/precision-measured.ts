import type { PackedKind } from '@longspan/core-tensor';
export const measuredErrors: Readonly<Record<string, { readonly cases: number } & Readonly<Record<PackedKind, number>>>> = {};
