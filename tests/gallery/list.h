/* The objectives of the gallery: OBJECTIVE(name) for gallery_name in an objectives_*.c. */
