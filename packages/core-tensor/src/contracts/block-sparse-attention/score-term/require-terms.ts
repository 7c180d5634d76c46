import { ConfigError, isList, nearestNames, requireKnown, show } from '../../../error/index.ts';
import { recordOf, type ScoreTerm, termKinds } from './index.ts';

/** Throws unless it is a list of score terms of kinds that there are. */
export function requireTerms(caller: string, terms: readonly ScoreTerm[]): void {
  if (!Array.isArray(terms) || !isList(terms)) {
    const alone = terms as unknown as ScoreTerm | null;
    const isTerm = termKinds.includes(alone?.kind as ScoreTerm['kind']);
    throw new ConfigError({
      caller,
      problem: 'score must be a list of score terms.',
      expected: '[alibi(slopes), softCap(50), …]',
      got: isTerm ? `the term ${alone?.kind} alone` : show(terms),
      remedy: isTerm ? `write score: [${alone?.kind}(…)].` : 'write score: [softCap(50)], or leave it out.',
    });
  }
  terms.forEach((term: ScoreTerm | null | undefined, at) => {
    const kind: unknown = term?.kind;
    if (term && termKinds.includes(kind as ScoreTerm['kind'])) {
      const { tensors, others = [] } = recordOf(term);
      requireKnown<object>(`${caller} score[${at}]`, term, ['kind', ...Object.keys(tensors), ...others]);
      return;
    }
    const nearest = typeof kind === 'string' ? nearestNames(kind, termKinds)[0] : undefined;
    throw new ConfigError({
      caller,
      problem: 'every element of score must be a score term.',
      expected: `what one of ${termKinds.join(', ')} makes`,
      got: `${show(term)} at index ${at}`,
      remedy:
        typeof term === 'function'
          ? 'call it with its arguments: softCap(50).'
          : nearest === undefined
            ? 'make it with softCap(50) or another of these.'
            : `did you mean ${nearest}?`,
    });
  });
}
