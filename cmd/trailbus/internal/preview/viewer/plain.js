// Stands for what slack-blocks-to-jsx draws blocks of type "markdown" and :emoji: with. Messages of Trailbus have neither, and it would
// be a third of the page.
export default function Plain({ children }) {
  return children ?? null;
}

export const emojify = (text) => text;
