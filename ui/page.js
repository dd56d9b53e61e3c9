// What happens in the browser: asking, the panel beside the answer, chats kept here and nowhere else. Gradio runs this once,
// when the question box is there, with `trigger` (an event for the server), `server` (functions to call).
// Words from elsewhere enter the page as text, or as HTML that the server has escaped.
const $ = id => document.getElementById(id);
// Gradio puts the page's parts in one after another, and not always in their order.
const PARTS = ['talk', 'fn-told', 'fn-question', 'fn-panel', 'fn-tip', 'fn-filters', 'fn-chats', 'fn-library', 'fn-shelf', 'fn-came'];
while (!PARTS.every($)) await new Promise(later => setTimeout(later, 20));
const told = JSON.parse($('fn-told').dataset.told);
const talk = $('talk'), box = $('fn-question'), panel = $('fn-panel'), tip = $('fn-tip');
const MOST_CHATS = 40, MOST_STORED = 3000000; // characters, of the five million that a browser gives
const SESSION = 'footnote-chat';
let chat = {id: sessionStorage.getItem(SESSION) || crypto.getRandomValues(new Uint32Array(2)).join('-')};
let chats = [], pending = null, editing = null, came = null, list = [];
sessionStorage.setItem(SESSION, chat.id);
document.documentElement.lang = told.language;

const turnsShown = () => [...talk.querySelectorAll('.fn-turn')];
const turnOf = element => turnsShown().indexOf(element.closest('.fn-turn'));
const turnsKept = () => turnsShown().map(turn => turn.dataset.turn).filter(Boolean);
let asking = false;

function filters() {
  const form = $('fn-filters');
  return {
    after: form.elements['fn-after'].value || null, before: form.elements['fn-before'].value || null,
    outlets: [...form.querySelectorAll('[name=fn-outlet]:checked')].map(one => one.value), read: true,
  };
}

let last = null, tickets = 0, late = null;
function ask(words, more = {}) {
  if (asking || !words.trim()) return;
  asking = true;
  editing = null;
  $('fn-editing').hidden = true;
  send('ask', {question: words, ...filters(), turns: turnsKept(), ...more});
  say(told.looking);
  waitings(true);
  setTimeout(watchForSilence, 20000, last.ticket);
}
function send(what, data) {
  last = {...data, ticket: ++tickets};
  trigger(what, last);
}

// Nothing came at all: the queue is full, or the server is gone. The box is given back with what was asked.
function watchForSilence(ticket) {
  if (!asking || last.ticket !== ticket || talk.querySelector('[data-state="making"]')) return;
  asking = false;
  late = ticket; // should it come after all, it is kept
  waitings(false);
  box.value ||= last.question;
  say(told.busy, true);
}

function waitings(on) {
  $('fn-ask').hidden = on;
  $('fn-stop').hidden = !on;
  $('fn-examples').hidden = on || turnsShown().length > 0 || !$('fn-examples').children.length;
}

function say(words, seen = false) {
  $('fn-status').textContent = words;
  $('fn-status').classList.toggle('fn-hidden', !seen);
}

// The chat changed: by an answer in the making, one that is done, or another chat that was opened.
let seen = 0, making = null;
function changed() {
  const now = talk.querySelector('[data-state="making"]'), made = Number(talk.querySelector('.fn-chat')?.dataset.made ?? 0);
  if (now && !making) now.scrollIntoView({block: 'start', behavior: smooth()});
  const place = making ? [...talk.querySelectorAll('.fn-turn')].indexOf(making) : -1;
  making = now;
  if (!now && made && made === last?.ticket && made !== seen) {
    seen = made;
    const wasAsked = asking || late === made;
    asking = false;
    if (wasAsked) { announce(turnsShown()[last.at ?? (place >= 0 ? place : turnsShown().length - 1)]); store(); }
    else listChats();
    waitings(false);
  }
  $('ask-page').classList.toggle('fn-talking', turnsShown().length > 0);
  $('fn-keep').hidden = !turnsKept().length || Boolean(now);
}
function announce(turn) {
  const words = turn?.querySelector('.fn-text, .fn-none')?.cloneNode(true);
  words?.querySelectorAll('.fn-mark').forEach(mark => mark.remove());
  const count = turn?.querySelectorAll('.fn-sources > li').length;
  say(`${told.answer_ready}: ${words?.textContent ?? ''}${count ? ` ${told.sources}: ${count}.` : ''}`);
}
new MutationObserver(changed).observe(talk, {childList: true, subtree: true, attributes: true, attributeFilter: ['data-state', 'data-made']});

const smooth = () => matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';

// Chats in this browser. Gradio's BrowserState reads and writes the store; what goes in is decided here.
function store() {
  const turns = turnsKept();
  if (!turns.length) return;
  pending = {...chat, title: JSON.parse(turns[0]).question.slice(0, 120), turns};
  trigger('keep', {});
}
window.footnote = {
  kept(stored) {
    let all = Array.isArray(stored) ? stored : [];
    if (pending?.forget) all = all.filter(one => one.id !== pending.forget);
    else if (pending) all = [pending, ...all.filter(one => one.id !== pending.id)];
    all = all.slice(0, MOST_CHATS);
    while (all.length > 1 && JSON.stringify(all).length > MOST_STORED) all.pop();
    pending = null;
    chats = all;
    listChats();
    return [all]; // the one output, in Gradio's list of outputs
  },
  loaded() {
    chats = Array.isArray(window.footnoteChats) ? window.footnoteChats : [];
    listChats();
    const mine = chats.find(one => one.id === chat.id);
    if (mine && !turnsShown().length && !asking) send('restore', {turns: mine.turns});
  },
};
function listChats() {
  const place = $('fn-chats');
  place.replaceChildren();
  for (const one of chats) {
    if (!one || !Array.isArray(one.turns)) continue;
    const item = document.createElement('li'), open = document.createElement('button'), forget = document.createElement('button');
    open.type = forget.type = 'button';
    open.textContent = String(one.title);
    open.dataset.act = 'chat'; open.dataset.chat = one.id;
    if (one.id === chat.id && turnsShown().length) open.setAttribute('aria-current', 'true');
    forget.textContent = '×';
    forget.setAttribute('aria-label', `${told.forget_chat}: ${one.title}`);
    forget.dataset.act = 'forget'; forget.dataset.chat = one.id;
    item.append(open, forget);
    place.append(item);
  }
  if (!place.children.length) {
    const none = document.createElement('li');
    none.textContent = told.no_chats;
    place.append(none);
  }
}
function begin(id, turns) {
  chat = {id: id || crypto.getRandomValues(new Uint32Array(2)).join('-')};
  sessionStorage.setItem(SESSION, chat.id);
  close(false);
  say('');
  send('restore', {turns});
}

// The panel: an article, its quoted words on screen; Esc and × go back to where it was opened.
async function open(from, citations) {
  if (citations) { list = citations; came = from; }
  const {article, start, end, quote} = from.dataset;
  let shown;
  try { shown = await server.fn_article({article, start, end, quote}); } catch { return say(told.sorry); }
  hideTip();
  $('fn-panel-body').innerHTML = shown;
  panel.hidden = false;
  $('ask-page').classList.add('fn-reading');
  const at = list.findIndex(one => same(one, from));
  $('fn-panel-place').textContent = at >= 0 ? told.place.replace('{}', at + 1).replace('{}', list.length) : '';
  panel.querySelector('[data-act=previous]').disabled = at <= 0;
  panel.querySelector('[data-act=next]').disabled = at < 0 || at >= list.length - 1;
  panel.dataset.at = at;
  const marked = panel.querySelector('mark');
  $('fn-panel-body').scrollTop = 0;
  marked?.scrollIntoView({block: 'center', behavior: 'auto'});
  $('fn-panel-title')?.focus({preventScroll: true});
}
const same = (one, other) => ['article', 'start', 'end'].every(name => one.dataset[name] === other.dataset[name]);
function close(back = true) {
  if (panel.hidden) return false;
  panel.hidden = true;
  $('ask-page').classList.remove('fn-reading');
  $('fn-panel-body').replaceChildren();
  if (back && came?.isConnected) came.focus();
  return true;
}
function step(by) {
  const to = list[Number(panel.dataset.at) + by];
  if (to) open(to);
}

// The small window at a mark: who said it, when, in which words.
function showTip(mark) {
  if (!mark.dataset.quote) return;
  tip.replaceChildren();
  const where = document.createElement('strong'), quote = document.createElement('q');
  where.textContent = mark.dataset.where;
  quote.textContent = mark.dataset.quote;
  tip.append(where, quote);
  tip.hidden = false;
  tip.of = mark;
  placeTip();
  mark.setAttribute('aria-describedby', 'fn-tip');
}
function placeTip() {
  const at = tip.of.getBoundingClientRect(), width = Math.min(340, innerWidth - 16);
  tip.style.width = `${width}px`;
  tip.style.left = `${Math.max(8, Math.min(at.left - 20, innerWidth - width - 8))}px`;
  const below = at.bottom + 6;
  tip.style.top = `${below + tip.offsetHeight < innerHeight ? below : Math.max(8, at.top - tip.offsetHeight - 6)}px`;
}
function hideTip() {
  tip.hidden = true;
  tip.of?.removeAttribute('aria-describedby');
  tip.of = null;
}
const markOf = event => event.target.closest?.('.fn-cite');
let leaving;
document.addEventListener('mouseover', event => {
  const mark = markOf(event);
  if (mark || event.target.closest?.('#fn-tip')) clearTimeout(leaving);
  if (mark && tip.of !== mark) { hideTip(); showTip(mark); }
});
document.addEventListener('mouseout', event => {
  if (markOf(event) || event.target.closest?.('#fn-tip')) { clearTimeout(leaving); leaving = setTimeout(hideTip, 150); }
});
document.addEventListener('focusin', event => { const mark = markOf(event); if (mark && mark.matches(':focus-visible')) showTip(mark); });
document.addEventListener('focusout', event => { if (markOf(event)) hideTip(); });
document.addEventListener('scroll', () => {
  if (!tip.of) return;
  const {top, bottom} = tip.of.getBoundingClientRect();
  if (bottom > 0 && top < innerHeight) placeTip(); else hideTip();
}, {passive: true, capture: true});

// What each button does.
const acts = {
  page: one => showPage(one.dataset.page),
  open: one => {
    const answer = one.closest('.fn-answer');
    open(one, answer ? [...answer.querySelectorAll('.fn-sources .fn-read, .fn-near .fn-open')] : []);
  },
  close: () => close(), previous: () => step(-1), next: () => step(1),
  example: one => ask(one.textContent),
  more: one => findArticles(Number(one.dataset.page)),
  remove: one => { one.disabled = true; trigger('remove', {name: one.dataset.name}); },
  halt: () => { if (last && asking) send('halt', last); },
  retry: one => again(one, {}),
  unfilter: one => {
    const turn = kept(one), {filters: used} = turn.answer, chip = one.dataset.chip, left = {after: used.after, before: used.before, outlets: used.outlets};
    if (chip === 'dates') { left.after = left.before = null; } else left.outlets = left.outlets.filter(name => `outlet:${name}` !== chip);
    again(one, {...left, read: false});
  },
  'search-again': one => {
    const form = document.createElement('form'), words = document.createElement('input'), go = document.createElement('button');
    form.className = 'fn-again';
    words.value = one.dataset.words;
    words.setAttribute('aria-label', told.searched_for);
    go.textContent = told.search;
    form.append(words, go);
    form.addEventListener('submit', event => { event.preventDefault(); const to = words.value; form.remove(); again(one, {searched: to}); });
    one.after(form);
    words.focus();
  },
  edit: one => {
    editing = turnOf(one);
    box.value = kept(one)?.question ?? '';
    $('fn-editing').hidden = false;
    grow();
    box.focus();
  },
  copy: async one => {
    const words = await server.fn_copy({turn: one.closest('.fn-turn').dataset.turn});
    try { await navigator.clipboard.writeText(words); } catch { copyOld(words); } // a browser lends it to safe origins alone
    say(told.copied);
    one.textContent = told.copied;
    setTimeout(() => { one.textContent = told.copy; }, 2000);
  },
  'export': async one => {
    const form = one.dataset.form, words = await server.fn_export({form, turns: turnsKept()});
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([words], {type: {md: 'text/markdown', html: 'text/html', json: 'application/json'}[form]}));
    link.download = `footnote.${form}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  },
  good: one => judge(one, {good: true}),
  bad: one => {
    const place = one.closest('.fn-turn').querySelector('.fn-reason');
    place.innerHTML = place.children.length ? '' : told.reason_form;
    const form = place.querySelector('form');
    form?.addEventListener('submit', event => {
      event.preventDefault();
      judge(one, {good: false, reason: form.elements['fn-why'].value, right: form.elements['fn-right'].value});
      form.remove();
      one.focus();
    });
    form?.querySelector('input').focus();
  },
  'new': () => { begin(null, []); box.focus(); },
  chat: one => { const it = chats.find(each => each.id === one.dataset.chat); if (it) { showPage('ask-page'); begin(it.id, it.turns); } },
  forget: one => { pending = {forget: one.dataset.chat}; trigger('keep', {}); box.focus(); },
};
async function judge(one, judged) {
  const words = await server.fn_feedback({turns: turnsKept(), at: turnOf(one), ...judged});
  one.setAttribute('aria-pressed', 'true');
  say(words);
  one.textContent = words;
}
function copyOld(words) {
  const place = document.createElement('textarea');
  place.value = words;
  document.body.append(place);
  place.select();
  document.execCommand('copy');
  place.remove();
}
const kept = one => JSON.parse(one.closest('.fn-turn').dataset.turn);
function again(one, more) {
  const turn = kept(one);
  ask(turn.question, {...turn.given, searched: turn.searched, ...more, at: turnOf(one)});
}
// The articles: searched, read, added, removed.
let sought = '', shown = 'ask-page';
async function findArticles(page) {
  const html = await server.fn_articles({query: sought, page});
  if (!page) $('fn-found').replaceChildren();
  $('fn-found').querySelector('[data-act=more]')?.remove();
  $('fn-found').insertAdjacentHTML('beforeend', html);
}
async function showShelf() { $('fn-shelf').innerHTML = await server.fn_shelf({}); }
$('fn-library').querySelector('form').addEventListener('submit', event => {
  event.preventDefault();
  sought = event.target.querySelector('input').value;
  findArticles(0);
});
new MutationObserver(() => {
  if (!$('fn-came').querySelector('.fn-result')) return;
  findArticles(0);
  showShelf();
  offer();
}).observe($('fn-came'), {childList: true, subtree: true, characterData: true});

function markPage() {
  for (const one of document.querySelectorAll('.fn-page')) {
    if (one.dataset.page === shown) one.setAttribute('aria-current', 'page'); else one.removeAttribute('aria-current');
  }
}
function showPage(page) {
  for (const one of ['ask-page', 'articles-page']) $(one)?.classList.toggle('fn-away', one !== page);
  shown = page;
  markPage();
  if (page === 'articles-page') { findArticles(0); showShelf(); }
}
document.addEventListener('click', event => {
  const one = event.target.closest?.('[data-act]');
  if (one && acts[one.dataset.act]) { event.preventDefault(); acts[one.dataset.act](one); }
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  if (!tip.hidden) return hideTip();
  const why = event.target.closest?.('.fn-why, .fn-again');
  if (why) { const back = why.closest('.fn-turn').querySelector('[data-act=bad], [data-act=search-again]'); why.remove(); back?.focus(); return; }
  if (close()) return;
  if (editing !== null) { editing = null; box.value = ''; $('fn-editing').hidden = true; grow(); }
});
function submit() {
  const words = box.value;
  if (!words.trim() || asking) return;
  const turns = editing === null ? turnsKept() : turnsKept().slice(0, editing);
  box.value = '';
  grow();
  ask(words, {turns});
}
function grow() { box.style.height = 'auto'; box.style.height = `${Math.min(box.scrollHeight + 2, 160)}px`; }
box.addEventListener('input', grow);
box.addEventListener('keydown', event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
});
$('fn-form').addEventListener('submit', event => { event.preventDefault(); submit(); });
// Head and side are made anew when another archive is served: what the script put there is gone, elements may stay.
function dress() {
  const filters = $('fn-filters');
  if (!filters || filters.dataset.dressed) return;
  filters.dataset.dressed = 'yes';
  // A phone has no room beside the chat: what stands there begins closed.
  if (innerWidth < 900) document.querySelectorAll('#fn-side details').forEach(one => one.removeAttribute('open'));
  listChats();
}
const anew = {childList: true, subtree: true, attributes: true, attributeFilter: ['data-dressed', 'aria-current']};
new MutationObserver(dress).observe($('fn-side'), anew);
new MutationObserver(() => { if (!document.querySelector('.fn-page[aria-current]')) markPage(); }).observe($('fn-top'), anew);
async function renew() {
  const [head, side] = await server.fn_newer({snapshot: told.snapshot});
  if (!head) return;
  document.querySelector('#fn-top .fn-head').parentElement.innerHTML = head;
  document.querySelector('#fn-side .fn-filters').parentElement.innerHTML = side;
}
showPage('ask-page');
dress();
renew();
$('fn-ask').disabled = false;
if (window.footnoteChats) window.footnote.loaded();
if (innerWidth >= 900) box.focus({preventScroll: true});
async function offer() {
  const place = $('fn-examples'), found = await server.fn_examples({});
  place.replaceChildren();
  for (const words of found) {
    const one = document.createElement('button');
    one.type = 'button'; one.dataset.act = 'example'; one.textContent = words;
    place.append(one);
  }
  waitings(asking);
}
offer();
