// Images in groups, as somebody arranged them. Never changed: every move makes another arrangement.

const BASE = 36;
const COVER = "*";

export class Arrangement {
  /** `groups` are `{members, cover}` of images' positions; `limits` are the server's. */
  constructor(groups, limits) {
    this.groups = groups;
    this.limits = limits;
    this.places = new Map();
    groups.forEach((group, number) => group.members.forEach((image, place) => this.places.set(image, { group: number, place })));
  }

  /** What an address holds; null where it is no arrangement of the same images. */
  static read(words, found) {
    const groups = words.split("_").map((part) => {
      const written = part.split(".");
      const members = written.map((each) => parseInt(each, BASE));
      return { members, cover: members[written.findIndex((each) => each.endsWith(COVER))] };
    });
    const images = groups.flatMap((group) => group.members);
    const same = images.length === found.places.size && images.every((image) => found.places.has(image));
    const whole = new Set(images).size === images.length && groups.every((group) => group.cover !== undefined);
    return same && whole ? new Arrangement(groups, found.limits) : null;
  }

  /** How an address holds it. */
  get written() {
    const one = (group) => group.members.map((image) => image.toString(BASE) + (image === group.cover ? COVER : "")).join(".");
    return this.groups.map(one).join("_");
  }

  /** Whether a image may begin a new group. */
  get mayGrow() {
    return this.limits.groups === null && this.limits.smallest === 1;
  }

  /** The members of a group without a image: where it may be put. */
  others(image, number) {
    return (this.groups[number]?.members ?? []).filter((other) => other !== image);
  }

  /** Why a image may not come into a group: the name of a text and its values; null where it may. */
  refusal(image, number) {
    const from = this.places.get(image).group;
    if (from === number) return null;
    const { smallest, largest, groups } = this.limits;
    const into = this.groups[number]?.members.length ?? 0;
    const left = this.groups[from].members.length - 1;
    if (largest !== null && into >= largest) return ["full", { group: number + 1, count: largest }];
    if (left === 0 ? groups !== null && into > 0 : left < smallest) return ["least", { group: from + 1, count: smallest }];
    return null;
  }

  /** A image at a place of a group, counted without it; behind the last group it begins a new one. */
  move(image, number, place) {
    const from = this.places.get(image).group;
    const groups = [...this.groups];
    const members = this.others(image, number);
    members.splice(place, 0, image);
    if (from !== number) groups[from] = without(groups[from], image);
    groups[number] = { members, cover: groups[number]?.cover ?? image };
    return new Arrangement(groups.filter((group) => group.members.length), this.limits);
  }

  /** Two images at each other's place. */
  swap(one, other) {
    const exchange = { [one]: other, [other]: one };
    const here = [this.places.get(one).group, this.places.get(other).group];
    const groups = this.groups.map((group, number) => {
      if (!here.includes(number)) return group;
      const members = group.members.map((image) => exchange[image] ?? image);
      return { members, cover: members.includes(group.cover) ? group.cover : exchange[group.cover] };
    });
    return new Arrangement(groups, this.limits);
  }

  /** A image as the cover of its group. */
  withCover(image) {
    const number = this.places.get(image).group;
    const groups = [...this.groups];
    groups[number] = { ...groups[number], cover: image };
    return new Arrangement(groups, this.limits);
  }
}

function without(group, image) {
  const members = group.members.filter((other) => other !== image);
  return { members, cover: group.cover === image ? members[0] : group.cover };
}
