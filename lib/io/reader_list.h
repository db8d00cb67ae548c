/* The formats that can be read: READER(name) for the file read_NAME.c, which defines clino__reader_NAME. */
READER(csv)
READER(tfevents)
READER(mlflow)
READER(json)
READER(text)
