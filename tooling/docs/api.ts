import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'vite';
import { type PublishedPackage, publishedPackages } from '../published/packages.ts';
import { docCommentBefore, tagBodies } from './doc-comment.ts';
import { typesNamedIn } from './types-named-in.ts';

/** One name that an entry exports. */
interface Exported {
  readonly name: string;
  readonly isType: boolean;
  /** Its declaration without its body, one for each overload. */
  readonly signatures: readonly string[];
  /** Its documentation comment; empty where there is none. */
  readonly comment: string;
}

type Program = ReturnType<typeof parseSync>['program'];
type Statement = Program['body'][number];

interface Source {
  readonly code: string;
  readonly body: readonly Statement[];
  readonly comments: ReturnType<typeof parseSync>['comments'];
}

const sources = new Map<string, Source>();

function sourceOf(file: string): Source {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const code = readFileSync(file, 'utf8');
  const { program, comments } = parseSync(file, code, { lang: 'ts' });
  const made = { code, body: program.body, comments };
  sources.set(file, made);
  return made;
}

/** The names that a file exports, in their order, found where they are declared. */
function exportsOf(file: string): readonly Exported[] {
  const names: string[] = [];
  for (const statement of sourceOf(file).body) {
    if (statement.type !== 'ExportNamedDeclaration') continue;
    names.push(...declaredNames(statement));
    for (const { exported } of statement.specifiers) names.push(exported.type === 'Identifier' ? exported.name : exported.value);
  }
  return [...new Set(names)].map((name) => declared(file, name));
}

function declaredNames(statement: Statement): readonly string[] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  switch (declaration?.type) {
    case 'VariableDeclaration':
      return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return declaration.id ? [declaration.id.name] : [];
    default:
      return [];
  }
}

/** The file that an import names: one beside it, or an entry of a package of ours. */
function moduleFile(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return join(dirname(file), specifier);
  const found = publishedPackages
    .flatMap(({ name, folder, entries }) => Object.entries(entries).map(([entry, source]) => [join(name, entry), join(folder, source)]))
    .find(([name]) => name === specifier)?.[1];
  if (found === undefined) throw new Error(`${file}: ${specifier} must be an entry of a published package`);
  return found;
}

/** Where a name is declared: in a file of the package. */
interface Place {
  readonly file: string;
  readonly name: string;
}

const keyOf = ({ file, name }: Place): string => `${file} ${name}`;

/** Where a name that stands in a file comes from: a place, another package of ours, or undefined: somebody else's, or the language's. */
function declarationOf(file: string, name: string): Place | (Place & { readonly of: string }) | undefined {
  for (const statement of sourceOf(file).body) {
    if (declaredNames(statement).includes(name)) return { file, name };
    const isImport = statement.type === 'ImportDeclaration' || statement.type === 'ExportNamedDeclaration';
    if (!isImport || statement.source === null) continue;
    const from = statement.source.value;
    for (const each of statement.specifiers) {
      const own = each.type === 'ExportSpecifier' ? each.exported : each.local;
      const there = each.type === 'ExportSpecifier' ? each.local : each.type === 'ImportSpecifier' ? each.imported : undefined;
      if (own.type !== 'Identifier' || own.name !== name || there?.type !== 'Identifier') continue;
      if (from.startsWith('@longspan/')) return { file, name: there.name, of: from };
      return from.startsWith('.') ? declarationOf(moduleFile(file, from), there.name) : undefined;
    }
  }
  return undefined;
}

/** Follows a name to its declaration. */
function declared(file: string, name: string): Exported {
  const { code, body, comments } = sourceOf(file);
  const own = body.filter((statement) => declaredNames(statement).includes(name));
  if (own.length === 0) {
    for (const statement of body) {
      if (statement.type !== 'ExportNamedDeclaration' || statement.source === null) continue;
      const from = statement.specifiers.find(({ exported }) => exported.type === 'Identifier' && exported.name === name);
      if (from?.local.type === 'Identifier') return { ...declared(moduleFile(file, statement.source.value), from.local.name), name };
    }
    throw new Error(`${file}: ${name} must have a declaration`);
  }
  const declarations = own.map(
    (statement) => (statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement) as Statement,
  );
  // Of a function with overloads the last declaration is the implementation, which callers do not see.
  const seen = declarations.filter(({ type }) => type === 'TSDeclareFunction');
  const comment = own.map(({ start }) => docCommentBefore(start, code, comments)).find((text) => text !== '') ?? '';
  return {
    name,
    isType: declarations.every(({ type }) => type === 'TSInterfaceDeclaration' || type === 'TSTypeAliasDeclaration'),
    signatures: (seen.length > 0 ? seen : declarations).map((declaration) => signature(declaration, name, file)),
    comment,
  };
}

/** A declaration's text without its body; all of it for a type, the public members for a class. Every function begins with `function`. */
function signature(declaration: Statement, name: string, file: string): string {
  const { code } = sourceOf(file);
  const text = (from: number, to: number): string => code.slice(from, to).trim();
  switch (declaration.type) {
    case 'FunctionDeclaration':
      return text(declaration.start, declaration.body?.start ?? declaration.end).replace(/^async\s+/, '');
    case 'ClassDeclaration': {
      const members = declaration.body.body.flatMap((member) => memberSignature(member, file));
      const head = text(declaration.start, declaration.body.start);
      return members.length === 0 ? head : [`${head} {`, ...members, '}'].join('\n');
    }
    case 'VariableDeclaration': {
      const found = declaration.declarations.find(({ id }) => id.type === 'Identifier' && id.name === name);
      const value = found?.init;
      if (value?.type === 'ArrowFunctionExpression') {
        const before = text(value.start, value.body.start).replace(/^async\s+/, '');
        return `function ${name}${before.replace(/=>\s*\(?$/, '').trim()}`;
      }
      return `const ${text(found?.id.start ?? declaration.start, found?.id.end ?? declaration.end)}`;
    }
    default:
      return valuesOfTypeof(text(declaration.start, declaration.end), file);
  }
}

type MembersOf<S> = S extends { body: { type: 'ClassBody'; body: (infer M)[] } } ? M : never;
type Member = MembersOf<Statement>;

/** A public member of a class with its comment, without its body or value; nothing for any other. */
function memberSignature(member: Member, file: string): readonly string[] {
  const { code, comments } = sourceOf(file);
  if (member.type !== 'PropertyDefinition' && member.type !== 'MethodDefinition') return [];
  if (member.key.type === 'PrivateIdentifier' || member.accessibility === 'private' || member.accessibility === 'protected') return [];
  const declarationEnd = (('typeAnnotation' in member ? member.typeAnnotation : undefined) ?? member.key).end;
  const end = member.type === 'MethodDefinition' ? member.value.body?.start : declarationEnd;
  const comment = docCommentBefore(member.start, code, comments).split('\n');
  const shown = comment.length > 1 ? ['/**', ...comment.map((line) => ` * ${line}`.trimEnd()), ' */'] : [`/** ${comment[0]} */`];
  const lines = [...(comment.join('') === '' ? [] : shown), `${code.slice(member.start, end).trim()};`];
  return lines.map((line) => `  ${line}`);
}

/** `(typeof names)[number]` says nothing to a reader who does not see the list: the strings of the list in its place. */
const valuesOfTypeof = (type: string, file: string): string =>
  type.replace(/\(typeof (\w+)\)\[number\]/g, (_, list: string) => listed(file, list).join(' | '));

/** The elements of a constant list of a file, which may be imported there, as they are written. */
function listed(file: string, name: string): readonly string[] {
  const { code, body } = sourceOf(file);
  for (const statement of body) {
    if (statement.type === 'ImportDeclaration') {
      const found = statement.specifiers.find(({ local }) => local.name === name);
      if (found?.type !== 'ImportSpecifier' || found.imported.type !== 'Identifier') continue;
      return listed(moduleFile(file, statement.source.value), found.imported.name);
    }
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') continue;
    const value = declaration.declarations.find(({ id }) => id.type === 'Identifier' && id.name === name)?.init;
    const list = value?.type === 'TSAsExpression' ? value.expression : value;
    if (list?.type === 'ArrayExpression') return list.elements.map((element) => code.slice(element?.start, element?.end));
  }
  throw new Error(`${file}: ${name} must be a constant list, so that its type can be written out`);
}

const onOneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');

/** The text before the first tag, each paragraph on one line. */
const descriptionOf = (comment: string): string =>
  (comment.split(/^@[a-z]+\b/m)[0] ?? '')
    .trim()
    .split(/\n{2,}/)
    .map(onOneLine)
    .join('\n\n');

const shownTags = [
  ['shape', 'Shape'],
  ['returns', 'Returns'],
  ['throws', 'Throws'],
  ['cost', 'Cost'],
  ['source', 'Source'],
] as const;

function section({ name, signatures, comment }: Exported): string {
  const parameters = tagBodies(comment, 'param').map((body) => onOneLine(body).replace(/^(\S+)\s+/, '- **Parameter** `$1`: '));
  const tags = shownTags.flatMap(([tag, title]) => tagBodies(comment, tag).map((body) => `- **${title}** ${onOneLine(body)}`));
  const examples = tagBodies(comment, 'example').flatMap((code) => ['Example:', ['```ts', code, '```'].join('\n')]);
  const declaration = ['```ts', ...signatures, '```'].join('\n');
  return [`### \`${name}\``, descriptionOf(comment), declaration, [...parameters, ...tags].join('\n'), ...examples]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Types that are not exported, of which those that are exported are made: a reader of the page would look for them in vain. */
function typesBehind(files: readonly string[]): readonly string[] {
  const exported = files.flatMap((file) => exportsOf(file).map(({ name }) => declarationOf(file, name)));
  const isShown = new Set(exported.map((each) => each && keyOf(each)));
  const sections = new Map<string, string>();
  const queue: Place[] = exported.flatMap((each) => each ?? []);
  for (let place = queue.shift(); place !== undefined; place = queue.shift()) {
    for (const name of typesNamedIn(sourceOf(place.file).body.filter((each) => declaredNames(each).includes((place as Place).name)))) {
      const found = declarationOf(place.file, name);
      if (found === undefined) continue;
      if ('of' in found) {
        if (found.name !== name) sections.set(`${name} ${found.of}`, `### \`${name}\`\n\n\`${found.name}\` of \`${found.of}\`.`);
      } else if (!isShown.has(keyOf(found))) {
        isShown.add(keyOf(found));
        sections.set(`${name} ${keyOf(found)}`, section({ ...declared(found.file, found.name), name }));
        queue.push(found);
      }
    }
  }
  const sorted = [...sections].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text);
  return sorted.length === 0 ? [] : ['## Types that these are made of', 'They are not exported.', ...sorted];
}

/** The reference page of a package: what each of its entries exports, functions before types. */
export function apiPage({ name, folder, entries }: PublishedPackage): string {
  const parts = Object.entries(entries).map(([entry, file]) => {
    const all = exportsOf(join(folder, file));
    const values = all.filter(({ isType }) => !isType);
    const types = all.filter(({ isType }) => isType);
    return [`## \`${join(name, entry)}\``, ...[...values, ...types].map(section)].join('\n\n');
  });
  const behind = typesBehind(Object.values(entries).map((file) => join(folder, file)));
  return `${[`# ${name}: everything it exports`, 'Written by `pnpm docs:api` from the documentation comments.', ...parts, ...behind].join('\n\n')}\n`;
}
