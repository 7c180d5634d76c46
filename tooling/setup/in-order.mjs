/**
 * Runs tasks, so many at once, and writes what each says as if they ran one after the other: the first that is not over is heard at once, later
 * ones in their turn. Gives their results in order. A task takes the function that writes.
 */
export async function inOrder(tasks, atOnce, write) {
  const states = tasks.map(() => ({ kept: '', isOver: false }));
  let front = 0; // the task that is heard
  const say = (at, text) => {
    if (at === front) write(text);
    else states[at].kept += text;
  };
  const end = (at) => {
    states[at].isOver = true;
    while (states[front]?.isOver) {
      front++;
      if (states[front]?.kept) write(states[front].kept);
    }
  };
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < tasks.length) {
      const at = next++;
      results[at] = await tasks[at]((text) => say(at, text));
      end(at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, lane));
  return results;
}
