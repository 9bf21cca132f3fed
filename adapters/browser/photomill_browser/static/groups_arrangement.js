// Photos in groups, as somebody arranged them. Never changed: every move makes another arrangement.

const BASE = 36;
const COVER = "*";

export class Arrangement {
  /** `groups` are `{members, cover}` of photos' positions; `limits` are the server's. */
  constructor(groups, limits) {
    this.groups = groups;
    this.limits = limits;
    this.places = new Map();
    groups.forEach((group, number) => group.members.forEach((photo, place) => this.places.set(photo, { group: number, place })));
  }

  /** What an address holds; null where it is no arrangement of the same photos. */
  static read(words, found) {
    const groups = words.split("_").map((part) => {
      const written = part.split(".");
      const members = written.map((each) => parseInt(each, BASE));
      return { members, cover: members[written.findIndex((each) => each.endsWith(COVER))] };
    });
    const photos = groups.flatMap((group) => group.members);
    const same = photos.length === found.places.size && photos.every((photo) => found.places.has(photo));
    const whole = new Set(photos).size === photos.length && groups.every((group) => group.cover !== undefined);
    return same && whole ? new Arrangement(groups, found.limits) : null;
  }

  /** How an address holds it. */
  get written() {
    const one = (group) => group.members.map((photo) => photo.toString(BASE) + (photo === group.cover ? COVER : "")).join(".");
    return this.groups.map(one).join("_");
  }

  /** Whether a photo may begin a new group. */
  get mayGrow() {
    return this.limits.groups === null && this.limits.smallest === 1;
  }

  /** The members of a group without a photo: where it may be put. */
  others(photo, number) {
    return (this.groups[number]?.members ?? []).filter((other) => other !== photo);
  }

  /** Why a photo may not come into a group: the name of a text and its values; null where it may. */
  refusal(photo, number) {
    const from = this.places.get(photo).group;
    if (from === number) return null;
    const { smallest, largest, groups } = this.limits;
    const into = this.groups[number]?.members.length ?? 0;
    const left = this.groups[from].members.length - 1;
    if (largest !== null && into >= largest) return ["full", { group: number + 1, count: largest }];
    if (left === 0 ? groups !== null && into > 0 : left < smallest) return ["least", { group: from + 1, count: smallest }];
    return null;
  }

  /** A photo at a place of a group, counted without it; behind the last group it begins a new one. */
  move(photo, number, place) {
    const from = this.places.get(photo).group;
    const groups = [...this.groups];
    const members = this.others(photo, number);
    members.splice(place, 0, photo);
    if (from !== number) groups[from] = without(groups[from], photo);
    groups[number] = { members, cover: groups[number]?.cover ?? photo };
    return new Arrangement(groups.filter((group) => group.members.length), this.limits);
  }

  /** Two photos at each other's place. */
  swap(one, other) {
    const exchange = { [one]: other, [other]: one };
    const here = [this.places.get(one).group, this.places.get(other).group];
    const groups = this.groups.map((group, number) => {
      if (!here.includes(number)) return group;
      const members = group.members.map((photo) => exchange[photo] ?? photo);
      return { members, cover: members.includes(group.cover) ? group.cover : exchange[group.cover] };
    });
    return new Arrangement(groups, this.limits);
  }

  /** A photo as the cover of its group. */
  withCover(photo) {
    const number = this.places.get(photo).group;
    const groups = [...this.groups];
    groups[number] = { ...groups[number], cover: photo };
    return new Arrangement(groups, this.limits);
  }
}

function without(group, photo) {
  const members = group.members.filter((other) => other !== photo);
  return { members, cover: group.cover === photo ? members[0] : group.cover };
}
