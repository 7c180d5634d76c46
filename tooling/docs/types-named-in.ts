/** A node of a parsed program, as ESTree with TypeScript's types; of the many kinds only these are told apart. */
interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** What a declaration does is not part of what it says: bodies, and values but for functions. */
function isShown(field: string, value: unknown): boolean {
  if (field === 'body') return isNode(value) && ['ClassBody', 'TSInterfaceBody'].includes(value.type);
  if (field === 'init' || field === 'value')
    return isNode(value) && ['ArrowFunctionExpression', 'FunctionExpression', 'TSEmptyBodyFunctionExpression'].includes(value.type);
  return true;
}

/** The names of types in declarations, in their order, without the parameters of the declarations themselves. */
export function typesNamedIn(declarations: readonly unknown[]): readonly string[] {
  const named = new Set<string>();
  const own = new Set<string>();
  const note = (value: unknown): void => {
    if (isNode(value) && value.type === 'Identifier') named.add(String(value['name']));
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const each of value) visit(each);
      return;
    }
    if (!isNode(value)) return;
    if (value['accessibility'] === 'private' || value['accessibility'] === 'protected') return;
    if (value.type === 'TSTypeReference') note(value['typeName']);
    if (value.type === 'TSInterfaceHeritage' || value.type === 'TSClassImplements') note(value['expression']);
    if (value.type === 'TSTypeParameter' && isNode(value['name'])) own.add(String(value['name']['name']));
    if (value.type === 'TSMappedType' && isNode(value['key'])) own.add(String(value['key']['name']));
    if (value.type === 'ClassDeclaration') note(value['superClass']);
    for (const [field, child] of Object.entries(value)) {
      const isBodyOfClass = value.type === 'ClassBody' || value.type === 'TSInterfaceBody';
      if (isBodyOfClass ? field === 'body' : isShown(field, child)) visit(child);
    }
  };
  visit(declarations);
  return [...named].filter((name) => !own.has(name));
}
