/* The formats that can be read: READER(name) for the file read_NAME.c, which defines clino__reader_NAME. */
READER(csv)
READER(json)
READER(text)
READER(mlflow)
READER(tfevents)
