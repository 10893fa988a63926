#include "base/bytes.h"
#include "osm/area_parts.h"

enum osmflow_status osmflow_area_order_start(struct osmflow_area_order *order, size_t edges,
                                             struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_array_reserve((void **)&order->slots, &order->capacity, edges + 1,
                                                           sizeof *order->slots, OSMFLOW_AREA_MOST_EDGES + 1, error);
  if (status != OSMFLOW_OK)
    return status;
  order->slots[0] = (struct osmflow_area_slot){.edge = OSMFLOW_AREA_NONE,
                                               .parent = OSMFLOW_AREA_NONE,
                                               .left = OSMFLOW_AREA_NONE,
                                               .right = OSMFLOW_AREA_NONE,
                                               .priority = UINT32_MAX};
  order->used = 1;
  order->free = OSMFLOW_AREA_NONE;
  order->seed = 0x2545f491;
  return OSMFLOW_OK;
}

static void replace_child(struct osmflow_area_slot *slots, uint32_t parent, uint32_t old, uint32_t new) {
  if (slots[parent].left == old)
    slots[parent].left = new;
  else
    slots[parent].right = new;
  if (new != OSMFLOW_AREA_NONE)
    slots[new].parent = parent;
}

/* Moves a slot up into the place of its parent, which becomes its child; the order stays. */
static void rotate_up(struct osmflow_area_slot *slots, uint32_t slot) {
  const uint32_t parent = slots[slot].parent;
  replace_child(slots, slots[parent].parent, parent, slot);
  uint32_t moved;
  if (slots[parent].left == slot) {
    moved = slots[slot].right;
    slots[parent].left = moved;
    slots[slot].right = parent;
  } else {
    moved = slots[slot].left;
    slots[parent].right = moved;
    slots[slot].left = parent;
  }
  if (moved != OSMFLOW_AREA_NONE)
    slots[moved].parent = parent;
  slots[parent].parent = slot;
}

static uint32_t take_slot(struct osmflow_area_order *order) {
  const uint32_t slot = order->free;
  if (slot == OSMFLOW_AREA_NONE)
    return order->used++;
  order->free = order->slots[slot].next;
  return slot;
}

uint32_t osmflow_area_order_insert(struct osmflow_area_order *order, uint32_t previous, uint32_t edge) {
  struct osmflow_area_slot *slots = order->slots;
  const uint32_t slot = take_slot(order), next = slots[previous].next;
  /* xorshift: the priorities have to look random for the tree to be balanced, whatever the order of insertion. */
  order->seed ^= order->seed << 13;
  order->seed ^= order->seed >> 17;
  order->seed ^= order->seed << 5;
  slots[slot] = (struct osmflow_area_slot){.edge = edge,
                                           .previous = previous,
                                           .next = next,
                                           .left = OSMFLOW_AREA_NONE,
                                           .right = OSMFLOW_AREA_NONE,
                                           .priority = order->seed};
  slots[previous].next = slot;
  slots[next].previous = slot;
  /* Of two neighbours in the order one is an ancestor of the other, so one of the two places is free. */
  if (slots[previous].right == OSMFLOW_AREA_NONE) {
    slots[previous].right = slot;
    slots[slot].parent = previous;
  } else {
    slots[next].left = slot;
    slots[slot].parent = next;
  }
  while (slots[slots[slot].parent].priority < slots[slot].priority)
    rotate_up(slots, slot);
  return slot;
}

void osmflow_area_order_remove(struct osmflow_area_order *order, uint32_t slot) {
  struct osmflow_area_slot *slots = order->slots;
  struct osmflow_area_slot *removed = &slots[slot];
  while (removed->left != OSMFLOW_AREA_NONE && removed->right != OSMFLOW_AREA_NONE)
    rotate_up(slots, slots[removed->left].priority > slots[removed->right].priority ? removed->left : removed->right);
  replace_child(slots, removed->parent, slot, removed->left != OSMFLOW_AREA_NONE ? removed->left : removed->right);
  slots[removed->previous].next = removed->next;
  slots[removed->next].previous = removed->previous;
  removed->next = order->free;
  order->free = slot;
}
