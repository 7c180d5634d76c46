import { autocompletion, type Completion, type CompletionContext, completionKeymap, snippet } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascriptLanguage } from '@codemirror/lang-javascript';
import { bracketMatching, HighlightStyle, LanguageSupport, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Mistake } from './read-expression.ts';
import { methods, words } from './vocabulary.ts';

interface CodeMirrorOptions {
  readonly value: string;
  readonly label: string;
  onChange(text: string): void;
}

/** An editor that stands. */
export interface CodeMirror {
  /** Puts a text in that did not come from the person at it. */
  write(text: string): void;
  /** Marks what is wrong, and says what. */
  mark(mistake: Mistake | undefined): void;
  close(): void;
}

/** A change that did not come from the person at the editor. */
const fromOutside = Annotation.define<true>();

const colours = HighlightStyle.define([
  { tag: [tags.variableName, tags.function(tags.variableName)], color: 'var(--strong)', fontWeight: '600' },
  { tag: tags.propertyName, color: 'var(--soft)' },
  { tag: tags.function(tags.propertyName), color: 'var(--accent)', fontWeight: '600' },
  { tag: [tags.number, tags.string, tags.bool], color: 'var(--good)' },
]);

const look = EditorView.theme({
  '&': { border: '1px solid var(--line)', borderRadius: '8px', background: 'var(--raised)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '.cm-content': { font: 'var(--code)', padding: '8px 4px', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 6px' },
  '.cm-tooltip': {
    background: 'var(--raised)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
    maxWidth: '26rem',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--strong)', color: 'var(--on-strong)' },
  '.cm-diagnostic': { padding: '6px 10px', whiteSpace: 'pre-wrap' },
  '.word-help': { padding: '8px 10px', display: 'grid', gap: '4px' },
  '.word-help code': { font: 'var(--code)', color: 'var(--strong)' },
});

/** CodeMirror in a shadow root, with completion, help on hover and marks of problems. */
export function codeMirror(root: ShadowRoot, { value, label, onChange }: CodeMirrorOptions): CodeMirror {
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: value,
      extensions: [
        history(),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        new LanguageSupport(javascriptLanguage),
        syntaxHighlighting(colours),
        bracketMatching(),
        autocompletion({ override: [completions], icons: false }),
        hoverTooltip(helpAt),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((each) => each.annotation(fromOutside))) onChange(update.state.doc.toString());
        }),
        look,
      ],
    }),
  });
  return {
    write(text) {
      if (view.state.doc.toString() === text) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: fromOutside.of(true) });
    },
    mark(mistake) {
      const { length } = view.state.doc;
      const diagnostics: Diagnostic[] =
        mistake === undefined
          ? []
          : [{ from: Math.min(mistake.from, length), to: Math.min(mistake.to, length), severity: 'error', message: mistake.message }];
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    close: () => view.destroy(),
  };
}

const asCompletion = (label: string, text: string, info: string, detail?: string): Completion => ({
  label,
  type: 'function',
  info,
  ...(detail === undefined ? {} : { detail: ` ${detail.slice(label.length)}` }),
  apply: snippet(text),
});

const completionsOfWords = Object.entries(words).map(([name, { snippet: text, says, signature }]) =>
  asCompletion(name, text, `${signature}. ${says}`),
);
const completionsOfMethods = Object.entries(methods).map(([name, { snippet: text, says }]) => asCompletion(name, text, says));

function completions(context: CompletionContext) {
  const word = context.matchBefore(/\w*/);
  if (word === null || (word.from === word.to && !context.explicit && context.matchBefore(/\.\w*/) === null)) return null;
  const isMethod = word.from > 0 && context.state.sliceDoc(word.from - 1, word.from) === '.';
  return { from: word.from, options: isMethod ? completionsOfMethods : completionsOfWords, validFor: /^\w*$/ };
}

function helpAt(view: EditorView, position: number) {
  const { from, text } = view.state.doc.lineAt(position);
  const at = position - from;
  const start = at - (/\w*$/.exec(text.slice(0, at))?.[0].length ?? 0);
  const end = at + (/^\w*/.exec(text.slice(at))?.[0].length ?? 0);
  const name = text.slice(start, end);
  const word = Object.hasOwn(words, name) ? words[name] : undefined;
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (word === undefined && method === undefined) return null;
  return {
    pos: from + start,
    end: from + end,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'word-help';
      const code = document.createElement('code');
      code.textContent = word?.signature ?? `.${name}(…)`;
      const says = document.createElement('span');
      says.textContent = (word ?? method)?.says ?? '';
      dom.append(code, says);
      return { dom };
    },
  };
}
