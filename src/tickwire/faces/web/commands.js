// Inputs that no key sends, such as a move or a word, get a small form each, built from the schema.

/**
 * The inputs that a game takes and its controls cannot send.
 * @param {{inputs: Record<string, Record<string, object>>, controls: {keys: Record<string, {type: string}>, click?: {type: string}, input?: string}}} schema
 * @returns {{type: string, fields: [string, object][]}[]} each field with its name and what the schema says of it
 */
export function commandsOf({ inputs, controls }) {
  const sent = new Set(Object.values(controls.keys).map(({ type }) => type));
  sent.add(controls.click?.type).add(controls.input);
  const rest = Object.entries(inputs).filter(([type]) => !sent.has(type));
  return rest.map(([type, fields]) => ({ type, fields: Object.entries(fields) }));
}

/**
 * What a form can ask for: of several schemas the first that is not that of null.
 * @param {object} described the JSON Schema of a field
 */
export function plainOf(described) {
  const { anyOf, ...beside } = described;
  return anyOf ? { ...beside, ...anyOf.find(({ type }) => type !== "null") } : described;
}

/**
 * The value of a field, from what somebody typed.
 * @param {{type?: string, enum?: unknown[]}} described the schema of the field
 * @param {string | null} typed null for a box that is not ticked
 * @returns {unknown} undefined for what need not be sent: the server knows what counts then
 */
export function valueTyped(described, typed) {
  const { type, enum: choices, default: usual } = plainOf(described);
  if (type === "boolean") return typed !== null;
  if (typed === "" && usual !== undefined) return undefined;
  if (choices) return choices.find((choice) => String(choice) === typed);
  if (type === "array" || type === "object") return parsed(typed);
  return type === "integer" || type === "number" ? Number(typed) : typed;
}

/** What is in brackets is typed as JSON; what is none is sent as it is, and the server says what is wrong with it. */
function parsed(typed) {
  try {
    return JSON.parse(typed);
  } catch {
    return typed;
  }
}

/**
 * Build the forms.
 * @param {HTMLElement} place is filled anew
 * @param {object} schema
 * @param {(input: object) => void} send
 */
export function buildCommands(place, schema, send) {
  const commands = commandsOf(schema);
  place.replaceChildren(...commands.map((command) => buildForm(command, send)));
  place.hidden = commands.length === 0;
}

function buildForm({ type, fields }, send) {
  const form = document.createElement("form");
  form.classList.toggle("bare", fields.length === 0);
  const button = Object.assign(document.createElement("button"), { textContent: type });
  form.append(...fields.map(([name, described]) => buildField(name, described)), button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = new FormData(form);
    const values = fields.map(([name, described]) => [name, valueTyped(described, typed.get(name))]);
    send({ type, ...Object.fromEntries(values.filter(([, value]) => value !== undefined)) });
    form.reset();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.activeElement.blur();
  });
  return form;
}

function buildField(name, schema) {
  const described = plainOf(schema);
  const field = described.enum ? buildChoice(described) : buildInput(described);
  field.name = name;
  if (described.type !== "boolean") {
    field.setAttribute("aria-label", name);
    if (field instanceof HTMLInputElement) field.placeholder = name;
    return field;
  }
  const label = document.createElement("label");
  label.append(field, ` ${name}`);
  return label;
}

function buildChoice({ enum: values, default: usual }) {
  const select = document.createElement("select");
  if (usual === null) select.append(new Option("", ""));
  select.append(...values.map((value) => new Option(value, value, value === usual, value === usual)));
  return select;
}

function buildInput({ type, minimum, maximum, maxLength, default: usual }) {
  const input = document.createElement("input");
  const number = type === "integer" || type === "number";
  input.type = number ? "number" : type === "boolean" ? "checkbox" : "text";
  input.required = number && usual === undefined;
  input.autocomplete = "off";
  if (number) input.step = type === "integer" ? "1" : "any";
  if (minimum !== undefined) input.min = minimum;
  if (maximum !== undefined) input.max = maximum;
  if (maxLength !== undefined) input.maxLength = maxLength;
  return input;
}
