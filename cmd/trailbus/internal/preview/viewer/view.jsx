// Draws the messages that the page holds as JSON, each as Slack shows it, in light and dark.
//
// The part of the address behind # chooses: theme=light or theme=dark for one of them, only=N for the message at N, counted from 0,
// in a frame of a phone's width with nothing around it, which is how pictures are taken.
import { StrictMode } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { Message } from "slack-blocks-to-jsx";

const page = JSON.parse(document.getElementById("messages").textContent);
const root = createRoot(document.getElementById("root"));

// The mark of Trailbus. A data: address is all that the page's policy lets an image be.
const logo =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" fill="#2b3a55"/>' +
      '<path d="M8 11h20v13H8z" fill="#f2b84b"/><path d="M10 13h7v5h-7zm9 0h7v5h-7z" fill="#2b3a55"/>' +
      '<circle cx="13" cy="25" r="3" fill="#fff"/><circle cx="23" cy="25" r="3" fill="#fff"/></svg>',
  );

// The component takes verbatim for "no markup at all"; Slack means by it that nothing is made of plain text, and processes the rest:
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
const withoutVerbatim = (key, value) => (key === "verbatim" ? undefined : value);

function Slack({ message, theme }) {
  const given = message.blocks ?? [{ type: "section", text: { type: "mrkdwn", text: message.text } }];
  const blocks = JSON.parse(JSON.stringify(given, withoutVerbatim));
  return (
    <div className={"slack " + theme} data-theme={theme}>
      <Message blocks={blocks} name="Trailbus" logo={logo} time={message.time ? new Date(message.time) : undefined} theme={theme} />
    </div>
  );
}

function App() {
  const wish = new URLSearchParams(location.hash.slice(1));
  const themes = ["light", "dark"].filter((theme) => (wish.get("theme") ?? theme) === theme);
  if (wish.has("only")) {
    const message = page.messages[Number(wish.get("only"))];
    return <main className="only">{message && <Slack message={message} theme={themes[0] ?? "light"} />}</main>;
  }
  return (
    <>
      <header>
        <h1>{page.title}</h1>
        <p>{page.note}</p>
        <nav>
          <a href="#">both</a> <a href="#theme=light">light</a> <a href="#theme=dark">dark</a>
        </nav>
      </header>
      {page.messages.map((message, i) => (
        <article key={i}>
          <p className="notification">
            {message.channel && <b>{message.channel}: </b>}
            {message.notification}
          </p>
          <div className="pair">
            {themes.map((theme) => (
              <Slack key={theme} message={message} theme={theme} />
            ))}
          </div>
        </article>
      ))}
    </>
  );
}

function draw() {
  flushSync(() =>
    root.render(
      <StrictMode>
        <App key={location.hash} />
      </StrictMode>,
    ),
  );
  // How much room the drawing takes, for whoever takes a picture of it, and that it is done.
  const { width, height } = (document.querySelector("main.only") ?? document.body).getBoundingClientRect();
  document.documentElement.dataset.drawn = Math.ceil(width) + "x" + Math.ceil(height);
}

addEventListener("hashchange", draw);
draw();
