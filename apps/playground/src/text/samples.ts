import { site } from '../compute/chosen-device.ts';

export interface Sample {
  readonly id: string;
  readonly title: string;
  /** The language, as browsers name it, for segmentation and for reading aloud. */
  readonly language: string;
  load(signal?: AbortSignal): Promise<string>;
}

const inline = (id: string, title: string, language: string, text: string): Sample => ({ id, title, language, load: async () => text });

/** A file of the site. */
const inFile = (id: string, title: string, file: string): Sample => ({
  id,
  title,
  language: 'en',
  load: async (signal) => {
    const answer = await fetch(new URL(file, site), signal === undefined ? {} : { signal });
    if (!answer.ok) throw new Error('The book could not be loaded. Is there a network? It is kept after the first visit.');
    return answer.text();
  },
});

/** The texts that the page brings along: the book, and short ones in several scripts, written for it. */
export const samples: readonly Sample[] = [
  inFile('moby-dick', 'Moby-Dick, the whole book', 'texts/moby-dick.txt'),
  inFile('moby-dick-begin', 'Moby-Dick, chapters 1 to 3', 'texts/moby-dick-begin.txt'),
  inline(
    'harbour',
    'A short English text',
    'en',
    `THE HARBOUR

The boat came in before the rain. Two men stood on the pier and waited for the rope; a dog waited with them.

"You are late," said the older man. The skipper laughed. "The sea is late," he said. "I am only as late as the sea."

THE LETTER

In the cabin lay a letter that nobody had opened. It was addressed to the lighthouse, and the lighthouse had been dark for nine years.

The skipper put it into his coat. When the rain was over he walked up the hill, slowly, because the path was steep and the evening was long.

At the top he knocked. Somebody lit a lamp.
`,
  ),
  inline(
    'chinese',
    '一篇短文 (Chinese)',
    'zh',
    `港口

下雨之前,小船回来了。两个人站在码头上等着缆绳,一条狗也跟着他们等。

“你来晚了。”年长的人说。船长笑了。“是大海来晚了,”他说,“我只和大海一样晚。”

信

船舱里放着一封没有人拆开的信。信是寄给灯塔的,而灯塔已经黑了九年。

船长把信放进大衣。雨停以后,他慢慢走上山,因为山路很陡,而夜晚很长。

到了山顶,他敲了敲门。有人点亮了一盏灯。
`,
  ),
  inline(
    'arabic',
    'نص قصير (Arabic)',
    'ar',
    `الميناء

عاد القارب قبل المطر. وقف رجلان على الرصيف ينتظران الحبل، وكان كلب ينتظر معهما.

قال الرجل الأكبر: «تأخرت». ضحك الربان وقال: «البحر هو الذي تأخر، وأنا لا أتأخر إلا بقدر ما يتأخر البحر».

الرسالة

كانت في المقصورة رسالة لم يفتحها أحد. كانت موجهة إلى المنارة، والمنارة مظلمة منذ تسع سنوات.

وضع الربان الرسالة في معطفه. وحين توقف المطر صعد التل ببطء، لأن الطريق شديد الانحدار والمساء طويل.

وفي القمة طرق الباب، فأضاء أحدهم مصباحا.
`,
  ),
];
