// Blocks of linear memory. What is freed is given out again to the next who asks for the same size: instances have few
// sizes, so memory grows with the most calls there ever were at once, and with nothing else.

/** Different sizes there may be: settings of encoders, banks and tables. */
const SIZES: i32 = 64;
/** By size: the size, and the first of its free blocks, which holds the address of the next. */
const sizes = memory.data(SIZES * 4, 16);
const firstFree = memory.data(SIZES * 4, 16);
let sizeCount: i32 = 0;
let top: usize = (__heap_base + 15) & ~15;

function rowOf(size: i32): i32 {
  for (let row = 0; row < sizeCount; row++) {
    if (load<i32>(sizes + (row << 2)) == size) return row;
  }
  if (sizeCount == SIZES) unreachable();
  store<i32>(sizes + (sizeCount << 2), size);
  return sizeCount++;
}

/** A block of zeros that begins at a multiple of 16. Traps when there is no memory. */
export function allocate(bytes: i32): usize {
  const size = (bytes + 15) & ~15;
  const list = firstFree + (rowOf(size) << 2);
  let block: usize = load<u32>(list);
  if (block != 0) {
    store<u32>(list, load<u32>(block));
  } else {
    block = top;
    const end = top + size;
    const missing = <i32>((end + 0xffff) >> 16) - memory.size();
    if (missing > 0 && memory.grow(missing) < 0) unreachable();
    top = end;
  }
  memory.fill(block, 0, size);
  return block;
}

/** Frees a block of {@link allocate}; `bytes` as they were then. */
export function release(block: usize, bytes: i32): void {
  const list = firstFree + (rowOf((bytes + 15) & ~15) << 2);
  store<u32>(block, load<u32>(list));
  store<u32>(list, <u32>block);
}
