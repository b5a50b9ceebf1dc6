"""The range proper: a teacher and students of our own, what N exchanges buy, and whether a model was made that way.

Everything runs in this process on models that it trained or was given as local weights. Nothing here can reach a
remote model, and there is no option to add one.
"""
