import type { Lane } from './lane.ts';

interface ExampleProps {
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  readonly say: (token: number) => string;
  readonly lanes: readonly Lane[];
  readonly names: readonly string[];
}

/** An example of a task that is not trained on, and what the models answer where they are asked. */
export function Example({ tokens, targets, say, lanes, names }: ExampleProps) {
  const looked = lanes.flatMap(({ look }, at) => (look === undefined ? [] : [{ ...look, at, name: names[at] as string }]));
  return (
    <div class="example">
      <div class="example-labels">
        <span>reads</span>
        <span>should answer</span>
        {looked.map(({ name, step, at }) => (
          <span key={name}>
            {lanes.length > 1 ? <span class={`key run-${at + 1}`}>{name}</span> : 'answers'}, after {step.toLocaleString('en')}
          </span>
        ))}
      </div>
      <ol aria-label="Tokens">
        {Array.from(tokens, (token, at) => {
          const target = targets[at] as number;
          const isAsked = target >= 0;
          return (
            <li key={at}>
              <span class={isAsked ? 'token asked' : 'token'}>{say(token)}</span>
              <span>
                {isAsked && <span class="unseen">should answer </span>}
                {isAsked && say(target)}
              </span>
              {looked.map(({ name, answers }) => {
                const answer = answers[at] as number;
                const verdict = answer === target ? 'right' : 'wrong';
                if (!isAsked) return <span key={name} />;
                return (
                  <span key={name} class={verdict}>
                    <span class="unseen">{name} answers </span>
                    {say(answer)}
                    <span class="verdict" aria-hidden="true">
                      {verdict === 'right' ? '✓' : '✗'}
                    </span>
                    <span class="unseen">, {verdict}</span>
                  </span>
                );
              })}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
