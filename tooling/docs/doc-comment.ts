import { parseSync } from 'vite';

/** A documentation comment of a source file and what it stands before. */
export interface DocComment {
  /** Its text, without the stars. */
  readonly text: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** The exported function that follows it, if one does. */
  readonly exported: ExportedFunction | undefined;
}

export interface ExportedFunction {
  readonly name: string;
  /** The source text of each parameter, its type included. */
  readonly parameters: readonly string[];
}

type Statement = ReturnType<typeof parseSync>['program']['body'][number];

function exportedFunction(statement: Statement | undefined, code: string): ExportedFunction | undefined {
  if (statement?.type !== 'ExportNamedDeclaration') return undefined;
  const { declaration } = statement;
  const describe = (name: string, parameters: readonly { start: number; end: number }[]): ExportedFunction => ({
    name,
    parameters: parameters.map(({ start, end }) => code.slice(start, end)),
  });
  if (declaration?.type === 'FunctionDeclaration' || declaration?.type === 'TSDeclareFunction') {
    return declaration.id ? describe(declaration.id.name, declaration.params) : undefined;
  }
  if (declaration?.type !== 'VariableDeclaration') return undefined;
  const [first] = declaration.declarations;
  if (first?.id.type !== 'Identifier') return undefined;
  const value = first.init;
  const isFunction = value?.type === 'ArrowFunctionExpression' || value?.type === 'FunctionExpression';
  return isFunction ? describe(first.id.name, value.params) : undefined;
}

const withoutStars = (comment: string): string =>
  comment
    .replace(/^\*/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();

/** All documentation comments of a TypeScript file, in order. */
export function docComments(code: string, file: string): readonly DocComment[] {
  const { program, comments, errors } = parseSync(file, code, { lang: 'ts' });
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  return comments
    .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .map(({ value, start, end }) => ({
      text: withoutStars(value),
      line: code.slice(0, start).split('\n').length,
      exported: exportedFunction(
        program.body.find((statement) => statement.start >= end && code.slice(end, statement.start).trim() === ''),
        code,
      ),
    }));
}

/** The bodies of a comment's tags of that name, in order. */
export function tagBodies(text: string, tag: string): readonly string[] {
  const parts = text.split(/^(?=@[a-z]+\b)/m);
  const named = parts.filter((part) => new RegExp(`^@${tag}\\b`).test(part));
  return named.map((part) => part.slice(tag.length + 1).trim());
}

/** The text of the documentation comment that stands directly before a place of the code; empty where there is none. */
export function docCommentBefore(place: number, code: string, comments: ReturnType<typeof parseSync>['comments']): string {
  const found = comments.find(
    ({ type, value, end }) => type === 'Block' && value.startsWith('*') && end <= place && code.slice(end, place).trim() === '',
  );
  return found === undefined ? '' : withoutStars(found.value);
}
