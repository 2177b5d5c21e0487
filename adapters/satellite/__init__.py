"""Remote sensing (遥感): heat that satellites see, and lists of hot cells of a grid."""
