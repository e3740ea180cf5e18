// Changes elements as little as possible.

/**
 * Brings the children of an element in line with other nodes. What is equal stays, so that it
 * keeps its selection and its place.
 * @param {Element} parent
 * @param {Node[]} wanted
 * @param {number} [first] the number of children that stay as they are
 */
export function morph(parent, wanted, first = 0) {
  wanted.forEach((node, i) => {
    const child = parent.childNodes[first + i];
    if (!child) parent.append(node);
    else if (!child.isEqualNode(node)) change(child, node);
  });
  while (parent.childNodes.length > first + wanted.length) parent.lastChild?.remove();
}

function change(child, node) {
  if (child instanceof Text && node instanceof Text) changeText(child, node.data);
  else if (hasSameTag(child, node)) morph(/** @type {Element} */ (child), [...node.childNodes]);
  else child.replaceWith(node);
}

function changeText(child, data) {
  if (data.startsWith(child.data)) child.appendData(data.slice(child.data.length));
  else child.data = data;
}

function hasSameTag(child, node) {
  return child instanceof HTMLElement && child.localName !== 'button'
    && child.cloneNode(false).isEqualNode(node.cloneNode(false));
}
